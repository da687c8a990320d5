// Tells of calls: small events for clients of the Gateway, and a note in the session that ordered a call when it is over.
import { CallError } from "../../call/error.ts";
import { agentOfSession } from "../../call/session-key.ts";
import type { CallView, StoredEvent, VoiceCall } from "../../client/index.ts";
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
  const { voice, log, signal } = options;
  const mark = new ToldMark(voice.daemon.stateDir);
  const { lastSeq } = await voice.system.health();
  // A store that was made anew counts from the beginning again.
  let after = Math.min((await mark.read()) ?? lastSeq, lastSeq);
  await remember(after);
  for (;;) {
    try {
      for await (const event of voice.events.follow({ after, signal })) {
        await take(event);
        after = event.seq;
      }
      return;
    } catch (error) {
      // The daemon went away before it could be asked of the call: this event is told when one is there again.
      if (!(error instanceof CallError && error.code === "DAEMON_UNREACHABLE")) throw error;
    }
  }

  async function take(event: StoredEvent): Promise<void> {
    if (!isTold(event)) return;
    await tell(event, await voice.calls.get(event.callId), options);
    await remember(event.seq);
  }

  async function remember(seq: number): Promise<void> {
    await mark.reach(seq).catch((error: unknown) => {
      log.warn(`calls may be told of twice after a restart: ${String(error)}`);
    });
  }
}

async function tell(event: StoredEvent, call: CallView | undefined, options: NotesOptions): Promise<void> {
  if (call === undefined) return;
  const { requesterSessionKey } = call;
  await attempt(() => options.emit("call", callEvent(event, call)));
  if (event.type === "call.ended" && requesterSessionKey !== undefined) {
    await attempt(() => writeNote(call, requesterSessionKey, options));
  }

  /** What the host refuses is lost, and keeps nothing else from being told. */
  async function attempt(telling: () => void | Promise<void>): Promise<void> {
    try {
      await telling();
    } catch (error) {
      options.log.warn(`${event.callId}: the Gateway was not told of ${event.type}: ${String(error)}`);
    }
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
