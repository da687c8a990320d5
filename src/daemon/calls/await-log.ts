// Waiting for something to happen to a call, by following its log: it works across lost connections and restarts.
import { CallError } from "../../call/error.ts";
import type { StoredEvent } from "../../call/event.ts";
import type { Clock } from "../deps.ts";
import type { EventStore } from "../store/event-store.ts";

export interface LogWait<T> {
  store: EventStore;
  clock: Clock;
  callId: string;
  /** Events after this position count. */
  after: number;
  /** The awaited result, or undefined to wait on. May throw a `CallError`. */
  pick(event: StoredEvent): T | undefined;
  signal: AbortSignal;
  /** Without it the wait ends only with the signal. */
  timeoutMs?: number;
}

/** @throws CallError `TIMED_OUT`, `ABORTED`, or what `pick` throws. */
export async function awaitLog<T>(wait: LogWait<T>): Promise<T> {
  const timeout = new AbortController();
  const cancel = wait.timeoutMs === undefined ? undefined : wait.clock.after(wait.timeoutMs, () => timeout.abort());
  try {
    return await follow(wait, AbortSignal.any([wait.signal, timeout.signal]));
  } catch (error) {
    if (!timeout.signal.aborted || (error instanceof CallError && error.code !== "ABORTED")) throw error;
    throw new CallError("TIMED_OUT", "the carrier has not confirmed it in time", {
      callId: wait.callId,
      hint: `see what happens with \`voicecall tail --call-id ${wait.callId}\``,
    });
  } finally {
    cancel?.();
  }
}

async function follow<T>(wait: LogWait<T>, signal: AbortSignal): Promise<T> {
  let after = wait.after;
  for (;;) {
    const head = wait.store.lastSeq();
    for (const event of wait.store.read({ after, callId: wait.callId, limit: 256 })) {
      after = event.seq;
      const result = wait.pick(event);
      if (result !== undefined) return result;
    }
    if (signal.aborted) throw new CallError("ABORTED", "the waiting was given up", { callId: wait.callId });
    await wait.store.committedAfter(Math.max(after, head), signal);
  }
}
