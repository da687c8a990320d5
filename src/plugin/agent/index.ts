// Answers callers with OpenClaw's agents: each turn that the daemon offers becomes a run in the caller's own session.
import { randomUUID } from "node:crypto";
import { CallError } from "../../call/error.ts";
import { agentOfSession } from "../../call/session-key.ts";
import type { CallerTurn, VoiceCall } from "../../client/index.ts";
import type { PluginLog } from "../log.ts";
import type { AgentHost } from "./host.ts";
import { type HostSdk, loadHostSdk } from "../host-sdk.ts";
import { agentOf, modelOf, sessionOf } from "./route.ts";
import { runTurn } from "./run-turn.ts";
import { SessionQueue } from "../session-queue.ts";

/** What answering needs of the plugin's configuration; the rest comes with each turn. */
export interface PluginAnswerConfig {
  agentId?: string | undefined;
}

export interface AgentAnsweringOptions {
  host: AgentHost;
  voice: VoiceCall;
  /** The configuration as it is now. */
  config(): PluginAnswerConfig;
  log: PluginLog;
  signal: AbortSignal;
  /** Default: from the host. */
  loadSdk?: () => Promise<HostSdk>;
}

/** Settles with the signal. Turns in work are then given back to the daemon, which offers them again. */
export async function answerCallers(options: AgentAnsweringOptions): Promise<void> {
  const { voice, log, signal } = options;
  const sessions = new SessionQueue();
  const told = new Set<string>();
  let lastFailure = "";
  // A name of its own: turns of the one before a reload are given back when that one is gone, and only then.
  const responder = `openclaw-${randomUUID().slice(0, 8)}`;
  await voice.turns.answer((turn) => answer(turn), { responder, signal });

  async function answer(turn: CallerTurn): Promise<string> {
    try {
      return await answerTurn(turn, options, { sessions, warnOnce });
    } catch (error) {
      const isTaken = error instanceof CallError && error.code === "TURN_TAKEN";
      const line = `${turn.callId}: ${lineOf(error)}`;
      // A call on which nothing can be answered fails with each of the caller's sentences.
      if (!turn.signal.aborted && !isTaken && line !== lastFailure) log.error((lastFailure = line));
      throw error;
    }
  }

  function warnOnce(line: string): void {
    if (!told.has(line)) log.warn(line);
    told.add(line);
  }
}

interface Desk {
  sessions: SessionQueue;
  warnOnce(line: string): void;
}

async function answerTurn(turn: CallerTurn, options: AgentAnsweringOptions, desk: Desk): Promise<string> {
  const { host, config, loadSdk = loadHostSdk } = options;
  const sdk = await loadSdk();
  const agentId = agentOf(turn.agentId ?? config().agentId ?? requesterOf(turn), sdk, host.runtime.config.current());
  const sessionKey = sessionOf(agentId, turn.sessionKey);
  const { ref: model, notice } = modelOf(turn, agentId, host);
  if (notice !== undefined) desk.warnOnce(notice);
  return await desk.sessions.run(sessionKey, turn.signal, () =>
    runTurn(turn, { host, sdk, agentId, sessionKey, model }),
  );
}

/** The agent that ordered the call talks on it, unless another one is named. */
function requesterOf({ call: { requesterSessionKey = "" } }: CallerTurn): string | undefined {
  return agentOfSession(requesterSessionKey);
}

function lineOf(error: unknown): string {
  const { message, hint } =
    error instanceof CallError
      ? error
      : { message: error instanceof Error ? error.message : String(error), hint: undefined };
  return hint === undefined ? message : `${message} (${hint})`;
}
