// OpenClaw's side of answering, with the manners of the real host and some worse: sessions, lanes, aborts, rewritten ids.
import type {
  AgentHost,
  AgentRun,
  AgentRunResult,
  PartialReply,
  ReplyPayload,
} from "../../../src/plugin/agent/host.ts";
import type { HostSdk } from "../../../src/plugin/host-sdk.ts";
import type { PluginLog } from "../../../src/plugin/log.ts";

/** What the model does with a run; by default the streamed messages come back as the payload. */
export type FakeModel = (run: AgentRun, line: ModelLine) => Promise<AgentRunResult | void>;

export interface ModelLine {
  /** Begins a message and streams it in these pieces. */
  write(...pieces: string[]): void;
  /** A partial as it is. */
  partial(partial: PartialReply): void;
}

export function payloads(...texts: (string | ReplyPayload)[]): AgentRunResult {
  return { payloads: texts.map((text) => (typeof text === "string" ? { text } : text)), meta: {} };
}

export class FakeHost implements AgentHost {
  readonly runs: AgentRun[] = [];
  /** Session ids by session key, as the host stores them. */
  readonly stored = new Map<string, string>();
  /** `undefined`: several agents, none the default. */
  agents: string[] = ["main"];
  allowed = ["fake/good"];
  /** How many runs are at work in each lane and each session; more than one is an error of ours. */
  crowded: string[] = [];
  readonly #busy = new Map<string, number>();
  readonly #model: FakeModel;

  constructor(model: FakeModel) {
    this.#model = model;
  }

  readonly sdk: HostSdk = {
    runDetached: (work) => {
      this.detached++;
      return work();
    },
    defaultAgentId: () => {
      const [only, ...more] = this.agents;
      if (only === undefined || more.length > 0) throw new Error("Multiple agents are configured");
      return only;
    },
  };
  detached = 0;

  readonly runtime: AgentHost["runtime"] = {
    config: { current: () => ({}) },
    agent: {
      resolveAgentWorkspaceDir: (_config, agentId) => `/workspace/${agentId}`,
      runEmbeddedAgent: (run) => this.#run(run),
      session: {
        getSessionEntry: ({ sessionKey }) => {
          const sessionId = this.stored.get(sessionKey);
          return sessionId === undefined ? undefined : { sessionId };
        },
      },
    },
    modelConfig: {
      resolveDefaultModelForAgent: () => ({ provider: "fake", model: "own" }),
      resolveAllowedModelRef: ({ raw }) => {
        const [provider = "", model = ""] = raw.split("/");
        return this.allowed.includes(raw) ? { ref: { provider, model } } : { error: `model not allowed: ${raw}` };
      },
    },
  };

  async #run(run: AgentRun): Promise<AgentRunResult> {
    this.runs.push(run);
    const { sessionKey, sessionId, lane } = run;
    const known = this.stored.get(sessionKey);
    if (known !== undefined && known !== sessionId) {
      throw new Error(`Session changed before writer admission: ${sessionKey}`);
    }
    this.stored.set(sessionKey, sessionId);
    this.#enter(sessionKey);
    this.#enter(lane);
    try {
      return await this.#answer(run);
    } finally {
      this.#busy.set(sessionKey, (this.#busy.get(sessionKey) ?? 1) - 1);
      this.#busy.set(lane, (this.#busy.get(lane) ?? 1) - 1);
    }
  }

  async #answer(run: AgentRun): Promise<AgentRunResult> {
    let text = "";
    const line: ModelLine = {
      partial: (partial) => run.onPartialReply(partial),
      write(...pieces) {
        run.onAssistantMessageStart();
        text = "";
        for (const piece of pieces) {
          text += piece;
          run.onPartialReply({ text, delta: piece });
        }
      },
    };
    return (await this.#model(run, line)) ?? payloads(text);
  }

  #enter(name: string): void {
    const now = (this.#busy.get(name) ?? 0) + 1;
    if (now > 1) this.crowded.push(name);
    this.#busy.set(name, now);
  }
}

/** Settles by failing, as the real host's runs do, when the signal is given. */
export function untilAborted({ abortSignal }: AgentRun): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(abortSignal.reason instanceof Error ? abortSignal.reason : new Error("aborted"));
    if (abortSignal.aborted) fail();
    abortSignal.addEventListener("abort", fail, { once: true });
  });
}

export class FakeLog implements PluginLog {
  readonly lines: string[] = [];
  info(message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
}
