// The store's interface: one log of events, one row per call, and the replies that carriers have had.
import type { CallEvent, StoredEvent } from "../../call/event.ts";
import type { CallId } from "../../call/ids.ts";

/** Facts of one decision, stored in one transaction or not at all. */
export interface Append {
  callId: CallId;
  /** `callSeq` of the first event; the store refuses gaps and repeats. */
  firstCallSeq: number;
  at: number;
  events: readonly CallEvent[];
  /** Set by the fold: keeps the index of calls beside the log. */
  row: CallRow;
  /** The carrier's own key and the reply that it gets, now and for every repeat. */
  webhook?: { key: string; reply: string };
}

/** What can be asked of a call without folding its log. */
export interface CallRow {
  carrier: string;
  carrierCallId?: string;
  startedAt: number;
  endedAt?: number;
  /** The caller-supplied id of the order that made the call, and a digest of its content. */
  request?: { id: string; digest: string };
}

export interface EventQuery {
  /** Events after this position. */
  after: number;
  callId?: CallId;
  limit: number;
}

export interface EventStore extends AsyncDisposable {
  /**
   * Appends; settles when the events are committed (all appends of one turn of the event loop share a commit).
   * @throws CallError `STORE_FAILED` when they could not be made durable; nothing of the append is kept then.
   */
  append(append: Append): Promise<StoredEvent[]>;
  /** A webhook that belongs to no call of ours, kept for the record and for its repeats. */
  appendStray(stray: { key: string; reply: string; at: number; what: string }): Promise<StoredEvent>;
  /** The stored reply to a webhook that was seen before. */
  replyTo(key: string): string | undefined;
  read(query: EventQuery): StoredEvent[];
  /** Position of the `count`-th last event (of a call), so that reading after it gives the last `count`. */
  positionOfLast(count: number, callId?: CallId): number;
  /** Highest position in the log, 0 when empty. */
  lastSeq(): number;
  callEvents(callId: CallId): StoredEvent[];
  /** Our id for ours or the carrier's. */
  findCall(id: string): CallId | undefined;
  findRequest(requestId: string): { callId: CallId; digest: string } | undefined;
  /** Calls without an end, oldest first. */
  openCalls(): CallId[];
  /** Carrier ids of calls begun since `startedAt`. */
  carrierIdsSince(startedAt: number): Set<string>;
  /** Deletes finished calls beyond the age or the count, and stray webhooks beyond the age. Returns how many calls. */
  prune(limits: { endedBefore: number; keepCalls: number }): number;
  /** Settles when something was committed after `seq` (of the call), or the signal aborts. */
  committedAfter(seq: number, signal: AbortSignal): Promise<void>;
}
