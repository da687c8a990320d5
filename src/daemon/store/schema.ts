// The tables of the log, their version, and what is refused at opening.
import type { DatabaseSync } from "node:sqlite";
import { CallError } from "../../call/error.ts";

const schemaVersion = 1;

/*
 * `events.call` is `calls.n`, null for strays: an integer keeps the index small and its writes at one end.
 * `call_seq` has no index of its own: the writer checks it, and a second writer collides on `seq`.
 */
const tables = `
create table calls(
  n integer primary key,
  id text not null unique,
  carrier text not null,
  carrier_call_id text,
  started_at integer not null,
  ended_at integer,
  request_id text,
  request_digest text
) strict;
create index calls_carrier_call on calls(carrier_call_id) where carrier_call_id is not null;
create index calls_started on calls(started_at);
create index calls_ended on calls(ended_at, started_at);
create unique index calls_request on calls(request_id) where request_id is not null;

create table events(
  seq integer primary key,
  call integer,
  call_seq integer not null,
  at integer not null,
  v integer not null,
  event text not null,
  webhook_key text,
  reply text
) strict;
create index events_call on events(call) where call is not null;
create index events_stray on events(at) where call is null;
create unique index events_webhook on events(webhook_key) where webhook_key is not null;

create table pruned(last_seq integer not null) strict;
insert into pruned values (0);
`;

/**
 * Creates the tables in an empty file, or checks that the file is one of ours.
 * @throws CallError `STORE_FAILED` for a newer schema, or a database of something else.
 */
export function prepareSchema(db: DatabaseSync, file: string): void {
  const version = Number(db.prepare("pragma user_version").get()?.["user_version"]);
  if (version > schemaVersion) {
    throw new CallError(
      "STORE_FAILED",
      `${file} was written by a newer version (schema ${version}, known here: ${schemaVersion})`,
      {
        hint: "Install the newer version again, or point `store` at another directory.",
      },
    );
  }
  const isEmpty = db.prepare("select 1 from sqlite_schema limit 1").get() === undefined;
  if (version === 0 && !isEmpty) {
    throw new CallError("STORE_FAILED", `${file} is a database of another program`, {
      hint: "Point `store` at another directory.",
    });
  }
  if (isEmpty) db.exec(`begin immediate; ${tables} pragma user_version = ${schemaVersion}; commit`);
}
