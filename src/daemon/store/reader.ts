// Every question that is asked of the log and of the index of calls.
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { CallEvent, StoredEvent } from "../../call/event.ts";
import type { EventStore } from "./event-store.ts";

type Row = Record<string, SQLOutputValue>;

export type Reader = Pick<
  EventStore,
  "replyTo" | "read" | "positionOfLast" | "callEvents" | "findCall" | "findRequest" | "openCalls" | "carrierIdsSince"
>;

const columns = "seq, coalesce(id, '') as id, call_seq, at, v, event";
const thisCall = "call = (select n from calls where id = ?)";

export function createReader(db: DatabaseSync): Reader {
  const reply = db.prepare("select reply from events where webhook_key = ?");
  const all = db.prepare(
    `select ${columns} from events left join calls on n = call where seq > ? order by seq limit ?`,
  );
  const ofCall = db.prepare(
    `select ${columns} from events join calls on n = call where ${thisCall} and seq > ? order by seq limit ?`,
  );
  const lastOfAll = db.prepare("select seq from events order by seq desc limit 1 offset ?");
  const lastOfCall = db.prepare(`select seq from events where ${thisCall} order by seq desc limit 1 offset ?`);
  const call = db.prepare(
    "select id from calls where id = ?1 union all select id from calls where carrier_call_id = ?1 limit 1",
  );
  const request = db.prepare("select id, request_digest as digest from calls where request_id = ?");
  const open = db.prepare("select id from calls where ended_at is null order by started_at, n");
  const carrierIds = db.prepare(
    "select carrier_call_id as id from calls where started_at >= ? and carrier_call_id is not null",
  );
  return {
    replyTo: (key) => text(reply.get(key)?.["reply"]),
    read({ after, callId, limit }) {
      const rows = callId === undefined ? all.all(after, limit) : ofCall.all(callId, after, limit);
      return rows.map(storedEvent);
    },
    positionOfLast(count, callId) {
      const row = callId === undefined ? lastOfAll.get(count) : lastOfCall.get(callId, count);
      return Number(row?.["seq"] ?? 0);
    },
    callEvents: (callId) => ofCall.all(callId, 0, -1).map(storedEvent),
    findCall: (id) => text(call.get(id)?.["id"]),
    findRequest(requestId) {
      const row = request.get(requestId);
      return row && { callId: String(row["id"]), digest: String(row["digest"]) };
    },
    openCalls: () => open.all().map((row) => String(row["id"])),
    carrierIdsSince: (startedAt) => new Set(carrierIds.all(startedAt).map((row) => String(row["id"]))),
  };
}

function text(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function storedEvent(row: Row): StoredEvent {
  // Written by `Writer` from a CallEvent of version `v`; checking it again here would cost more than reading it.
  const event: CallEvent = JSON.parse(String(row["event"]));
  return {
    seq: Number(row["seq"]),
    callId: String(row["id"]),
    callSeq: Number(row["call_seq"]),
    at: Number(row["at"]),
    v: Number(row["v"]),
    ...event,
  };
}
