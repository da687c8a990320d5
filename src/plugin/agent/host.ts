// What answering callers needs of OpenClaw's plugin API, and no more. The host's configuration is passed through unread.

export interface ModelRef {
  provider: string;
  model: string;
}

/** One run of an agent, as `runEmbeddedAgent` takes it. */
export interface AgentRun extends ModelRef {
  agentId: string;
  sessionKey: string;
  /** Must be the one that the host has stored for the session key, if it has any. */
  sessionId: string;
  runId: string;
  workspaceDir: string;
  prompt: string;
  extraSystemPrompt: string;
  thinkLevel: "off";
  timeoutMs: number;
  messageProvider: string;
  /** Runs of one lane wait for each other. */
  lane: string;
  senderIsOwner: boolean;
  /** Only these tools are shown to the model, and can be called. */
  toolsAllow?: string[];
  disableTools?: boolean;
  /** File tools stay in the workspace. */
  requireWorkspaceOnly?: true;
  conversationToolPolicy?: { deny: string[] };
  abortSignal: AbortSignal;
  onPartialReply(partial: PartialReply): void;
  onAssistantMessageStart(): void;
}

/** The model's message so far. */
export interface PartialReply {
  text?: string | undefined;
  delta?: string | undefined;
  phase?: string | undefined;
}

export interface AgentRunResult {
  payloads?: ReplyPayload[] | undefined;
  meta: { error?: { kind: string; message: string } | undefined };
}

export interface ReplyPayload {
  text?: string | undefined;
  isError?: boolean | undefined;
  isReasoning?: boolean | undefined;
  isCommentary?: boolean | undefined;
}

export interface AgentHost {
  runtime: {
    config: { current(): object };
    agent: {
      resolveAgentWorkspaceDir(config: object, agentId: string): string;
      runEmbeddedAgent(run: AgentRun): Promise<AgentRunResult>;
      session: {
        getSessionEntry(session: { agentId: string; sessionKey: string }): { sessionId?: string } | undefined;
      };
    };
    modelConfig: {
      resolveDefaultModelForAgent(query: { cfg: object; agentId?: string }): ModelRef;
      resolveAllowedModelRef(query: {
        cfg: object;
        agentId?: string;
        raw: string;
        defaultProvider: string;
        catalog: unknown[];
      }): { ref: ModelRef } | { error: string };
    };
  };
}
