// Writes one append into the open transaction, with as few rows and index entries as it takes.
import type { DatabaseSync } from "node:sqlite";
import { type StoredEvent, eventVersion } from "../../call/event.ts";
import type { CallId } from "../../call/ids.ts";
import type { Append, CallRow } from "./event-store.ts";
import { Conflict } from "./sqlite-error.ts";

/** What is remembered of a call that goes on, so that an event costs no look-up and no needless update. */
interface Head {
  n: number;
  callSeq: number;
  carrierCallId: string | undefined;
  endedAt: number | undefined;
}

export interface Stray {
  key: string;
  reply: string;
  at: number;
  what: string;
}

export interface Writer {
  append(append: Append): StoredEvent[];
  appendStray(stray: Stray): StoredEvent;
  /** The last position written, committed or not. */
  lastSeq(): number;
  /** After a rollback or a prune: what is remembered is read again when it is needed. */
  forget(): void;
}

export function createWriter(db: DatabaseSync): Writer {
  const insertEvent = db.prepare("insert into events values (?, ?, ?, ?, ?, ?, ?, ?)");
  const readEnd = db.prepare("select max(last_seq, coalesce((select max(seq) from events), 0)) as seq from pruned");
  const calls = prepareCalls(db);
  const heads = new Map<CallId, Head>();
  let end: number | undefined;

  const lastSeq = (): number => (end ??= Number(readEnd.get()?.["seq"]));

  function headOf(append: Append): Head {
    const known = heads.get(append.callId) ?? calls.find(append.callId);
    const next = (known?.callSeq ?? 0) + 1;
    if (append.firstCallSeq !== next) {
      throw new Conflict(`event ${append.firstCallSeq} of ${append.callId} does not follow: its next is ${next}`);
    }
    const head = known ?? calls.insert(append.callId, append.row);
    calls.update(head, append.row);
    // A finished call is looked up again for the few late facts that may follow.
    if (head.endedAt === undefined) heads.set(append.callId, head);
    else heads.delete(append.callId);
    return head;
  }

  return {
    append(append) {
      if (append.events.length === 0) throw new Conflict(`an append to ${append.callId} has no events`);
      const head = headOf(append);
      const { callId, at, webhook } = append;
      return append.events.map((event, index) => {
        const seq = lastSeq() + 1;
        const callSeq = ++head.callSeq;
        const [key, reply] = index === 0 && webhook !== undefined ? [webhook.key, webhook.reply] : [null, null];
        insertEvent.run(seq, head.n, callSeq, at, eventVersion, JSON.stringify(event), key, reply);
        end = seq;
        return { seq, callId, callSeq, at, v: eventVersion, ...event };
      });
    },
    appendStray({ key, reply, at, what }) {
      const seq = lastSeq() + 1;
      const event = { type: "carrier.noted", what } as const;
      insertEvent.run(seq, null, 0, at, eventVersion, JSON.stringify(event), key, reply);
      end = seq;
      return { seq, callId: "", callSeq: 0, at, v: eventVersion, ...event };
    },
    lastSeq,
    forget() {
      heads.clear();
      end = undefined;
    },
  };
}

interface CallTable {
  find(id: CallId): Head | undefined;
  insert(id: CallId, row: CallRow): Head;
  /** Only the carrier's id and the end can change after the first append. */
  update(head: Head, row: CallRow): void;
}

function prepareCalls(db: DatabaseSync): CallTable {
  const select = db.prepare(`select n, carrier_call_id, ended_at,
    (select call_seq from events where call = n order by seq desc limit 1) as call_seq from calls where id = ?`);
  const insert =
    db.prepare(`insert into calls(id, carrier, carrier_call_id, started_at, ended_at, request_id, request_digest)
    values (?, ?, ?, ?, ?, ?, ?)`);
  const setCarrierCallId = db.prepare("update calls set carrier_call_id = ? where n = ?");
  const setEndedAt = db.prepare("update calls set ended_at = ? where n = ?");
  return {
    find(id) {
      const row = select.get(id);
      if (row === undefined) return undefined;
      const { carrier_call_id: carrierCallId, ended_at: endedAt } = row;
      return {
        n: Number(row["n"]),
        callSeq: Number(row["call_seq"]),
        carrierCallId: typeof carrierCallId === "string" ? carrierCallId : undefined,
        endedAt: typeof endedAt === "number" ? endedAt : undefined,
      };
    },
    insert(id, { carrier, carrierCallId, startedAt, endedAt, request }) {
      const { lastInsertRowid } = insert.run(
        id,
        carrier,
        carrierCallId ?? null,
        startedAt,
        endedAt ?? null,
        request?.id ?? null,
        request?.digest ?? null,
      );
      return { n: Number(lastInsertRowid), callSeq: 0, carrierCallId, endedAt };
    },
    update(head, { carrierCallId, endedAt }) {
      if (carrierCallId !== head.carrierCallId) setCarrierCallId.run(carrierCallId ?? null, head.n);
      if (endedAt !== head.endedAt) setEndedAt.run(endedAt ?? null, head.n);
      head.carrierCallId = carrierCallId;
      head.endedAt = endedAt;
    },
  };
}
