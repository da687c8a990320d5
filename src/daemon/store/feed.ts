// Lets followers read the log by cursor: as fast as they take it, nothing lost, nothing twice.
import { setImmediate } from "node:timers/promises";
import type { StoredEvent } from "../../call/event.ts";
import type { Feed, FollowQuery } from "../../router/context.ts";
import type { Clock } from "../deps.ts";
import type { EventStore } from "./event-store.ts";

const largestBatch = 256;
const congestionLookMs = 20;

export interface CountedFeed extends Feed {
  /** How many are following now. */
  followers(): number;
  /** The end of the log, to follow from without a gap. */
  position(): number;
}

export function createFeed(store: EventStore, clock: Clock): CountedFeed {
  const read = sharedReads(store);
  let followers = 0;

  async function* follow(query: FollowQuery, signal: AbortSignal): AsyncGenerator<StoredEvent[]> {
    followers++;
    try {
      yield* batches(query, signal);
    } finally {
      followers--;
    }
  }

  async function* batches(query: FollowQuery, signal: AbortSignal): AsyncGenerator<StoredEvent[]> {
    let after = startOf(store, query);
    while (!signal.aborted) {
      if (query.congested()) {
        await pause(clock, signal);
        continue;
      }
      const end = store.lastSeq();
      const events = read(after, query.callId);
      after = events.length === largestBatch ? (events.at(-1)?.seq ?? after) : end;
      if (events.length > 0) yield events;
      // A long replay leaves the event loop to others between batches.
      if (events.length === largestBatch) await setImmediate();
      else await store.committedAfter(after, signal);
    }
  }

  return { follow, followers: () => followers, position: () => store.lastSeq() };
}

/** Followers of the newest events stand at one position: the first reads for all of them, until the next commit. */
function sharedReads(store: EventStore): (after: number, callId: string | undefined) => StoredEvent[] {
  let last: { end: number; after: number; callId: string | undefined; events: StoredEvent[] } | undefined;
  return (after, callId) => {
    const end = store.lastSeq();
    if (last?.end === end && last.after === after && last.callId === callId) return last.events;
    const events = store.read({ after, limit: largestBatch, ...(callId !== undefined && { callId }) });
    last = { end, after, callId, events };
    return events;
  };
}

/** A position beyond the end is one of another log (the old one was set aside): only new events follow. */
function startOf(store: EventStore, { after, since, callId }: FollowQuery): number {
  if (after !== undefined) return Math.min(after, store.lastSeq());
  if (since === undefined) return store.lastSeq();
  return since === 0 ? 0 : store.positionOfLast(since, callId);
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(congestionLookMs, done);
    signal.addEventListener("abort", done);
  });
}
