// One turn of a caller: runs the agent on their words, and speaks its reply while it is being written.
import { randomUUID } from "node:crypto";
import { CallError } from "../../call/error.ts";
import type { CallerTurn } from "../../client/index.ts";
import { explained } from "./failure.ts";
import type { AgentHost, AgentRun, AgentRunResult, ModelRef } from "./host.ts";
import type { HostSdk } from "../host-sdk.ts";
import { phonePrompt } from "./prompt.ts";
import { ReplyStream } from "./reply-stream.ts";
import { Speaker } from "./speaker.ts";
import { toolPolicyOf } from "./tool-policy.ts";

/** The daemon times each sentence, and aborts a late turn; this only ends a run that nobody waits for any more. */
const longestRunMs = 600_000;

export interface TurnRun {
  host: AgentHost;
  sdk: HostSdk;
  agentId: string;
  sessionKey: string;
  model: ModelRef;
}

/** Returns the end of the reply. @throws CallError when there is none; the caller then hears an apology. */
export async function runTurn(turn: CallerTurn, run: TurnRun): Promise<string> {
  const stop = new AbortController();
  const signal = AbortSignal.any([turn.signal, stop.signal]);
  const reply = new ReplyStream();
  const speaker = new Speaker(
    (text) => turn.say(text),
    () => stop.abort(),
  );
  const begin = (): Promise<AgentRunResult> =>
    run.sdk.runDetached(() =>
      run.host.runtime.agent.runEmbeddedAgent({
        ...orderOf(turn, run),
        abortSignal: signal,
        onAssistantMessageStart: () => reply.begin(),
        onPartialReply: (partial) => {
          if (!signal.aborted) speaker.add(reply.grow(partial));
        },
      }),
    );
  const result = await begin().catch(async (error: unknown) => {
    await speaker.done();
    if (signal.aborted || reply.isAudible || !isSessionChanged(error)) throw explained(error, run.agentId);
    return await begin();
  });
  const rest = reply.rest(result.payloads ?? []);
  await speaker.done();
  turn.signal.throwIfAborted();
  checkReply(result, reply);
  if (reply.endsCall) turn.endCall();
  return rest;
}

type OrderOfRun = Omit<AgentRun, "abortSignal" | "onPartialReply" | "onAssistantMessageStart">;

function orderOf(turn: CallerTurn, { host, agentId, sessionKey, model }: TurnRun): OrderOfRun {
  const { agent, config } = host.runtime;
  return {
    agentId,
    sessionKey,
    sessionId: agent.session.getSessionEntry({ agentId, sessionKey })?.sessionId ?? randomUUID(),
    runId: randomUUID(),
    workspaceDir: agent.resolveAgentWorkspaceDir(config.current(), agentId),
    prompt: turn.text,
    extraSystemPrompt: phonePrompt(turn),
    ...model,
    thinkLevel: "off",
    timeoutMs: longestRunMs,
    messageProvider: "voice",
    // Runs of one lane wait for each other: a lane for all calls would let one caller keep the others waiting.
    lane: `voice:${turn.callId}`,
    ...toolPolicyOf(turn),
  };
}

/** A chat wrote to the session first, and the host has stored another id for it. */
function isSessionChanged(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Session changed");
}

const longestReason = 300;

function checkReply({ payloads = [], meta }: AgentRunResult, reply: ReplyStream): void {
  const failed = payloads.find(({ isError, text }) => isError === true && text !== undefined);
  if (meta.error === undefined && (reply.isAudible || reply.endsCall)) return;
  const reason = meta.error?.message ?? failed?.text ?? "it ended without a word for the caller";
  throw new CallError("INTERNAL", `the agent made no whole reply: ${reason.slice(0, longestReason)}`);
}
