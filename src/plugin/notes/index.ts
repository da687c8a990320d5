// Tells of calls: small events for clients of the Gateway, and a note in the session that ordered a call when it is over.
import { agentOfSession } from "../../call/session-key.ts";
import type { CallView, VoiceCall } from "../../client/index.ts";
import { type HostSdk, loadHostSdk } from "../host-sdk.ts";
import type { PluginLog } from "../log.ts";
import { callEvent, isTold } from "./call-event.ts";
import { callNote } from "./call-note.ts";
import type { NotesHost } from "./host.ts";
import { ToldMark } from "./told-mark.ts";

export interface NotesOptions {
  host: NotesHost;
  voice: VoiceCall;
  emit(event: string, payload: unknown): void;
  log: PluginLog;
  signal: AbortSignal;
  /** Default: from the host. */
  loadSdk?: () => Promise<HostSdk>;
}

/**
 * Settles with the signal. Begins where it ended, in whichever process that was; the first time of all with what is new.
 * Each call is noted once: what was told is remembered before the next event is looked at.
 */
export async function tellOfCalls(options: NotesOptions): Promise<void> {
  const { voice, emit, log, signal } = options;
  const mark = new ToldMark(voice.daemon.stateDir);
  const { lastSeq } = await voice.system.health();
  // A store that was made anew counts from the beginning again.
  const after = Math.min((await mark.read()) ?? lastSeq, lastSeq);
  await mark.reach(after);
  for await (const event of voice.events.follow({ after, signal })) {
    if (!isTold(event)) continue;
    const call = await voice.calls.get(event.callId);
    try {
      if (call !== undefined) emit("call", callEvent(event, call));
      if (call?.requesterSessionKey !== undefined && event.type === "call.ended") {
        await writeNote(call, call.requesterSessionKey, options);
      }
    } catch (error) {
      log.warn(`[voice-call] ${event.callId}: the Gateway was not told of ${event.type}: ${String(error)}`);
    }
    await mark.reach(event.seq);
  }
}

/** Wakes the session, whose agent decides what the user hears of it. */
async function writeNote(call: CallView, sessionKey: string, options: NotesOptions): Promise<void> {
  const { host, loadSdk = loadHostSdk } = options;
  const { system } = host.runtime;
  const agentId = agentOfSession(sessionKey);
  const session = { sessionKey, ...(agentId !== undefined && { agentId }) };
  const { runDetached } = await loadSdk();
  await runDetached(async () => {
    system.enqueueSystemEvent(callNote(call), session);
    await system.requestHeartbeat({
      source: "other",
      intent: "event",
      reason: `voice-call ${call.callId} ended`,
      ...session,
    });
  });
}
