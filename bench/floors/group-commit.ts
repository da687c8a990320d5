// Floor of the store: an events table and a calls table written by bare node:sqlite, all of one event-loop turn in one commit.
import { DatabaseSync } from "node:sqlite";

export interface FloorRecord {
  callId: string;
  status: string;
  /** Unique. */
  key: string;
  json: string;
  done(): void;
}

const tables = `
  create table calls(id text primary key, state text, updated integer, last_seq integer) without rowid;
  create table events(seq integer primary key, call_id text not null, type text not null, at integer not null, dedupe text unique, json text not null);
  create index events_call on events(call_id, seq)`;

/** A function that stores a record and calls `done` after the commit. */
export function openFloorStore(file: string): (record: FloorRecord) => void {
  const db = new DatabaseSync(file);
  db.exec(`pragma journal_mode = wal; pragma synchronous = normal; ${tables}`);
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const event = db.prepare(
    "insert into events(call_id, type, at, dedupe, json) values (?, ?, ?, ?, ?) on conflict(dedupe) do nothing",
  );
  const call = db.prepare(`insert into calls values (?, ?, ?, ?)
    on conflict(id) do update set state = excluded.state, updated = excluded.updated, last_seq = excluded.last_seq`);
  let pending: FloorRecord[] = [];

  function flush(): void {
    const batch = pending;
    pending = [];
    begin.run();
    for (const { callId, status, key, json } of batch) {
      const now = Date.now();
      const { lastInsertRowid } = event.run(callId, `call.${status}`, now, key, json);
      call.run(callId, status, now, Number(lastInsertRowid));
    }
    commit.run();
    for (const { done } of batch) done();
  }

  return (record) => {
    if (pending.push(record) === 1) setImmediate(flush);
  };
}
