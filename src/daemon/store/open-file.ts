// Opens the file of the log; a damaged one is moved aside, whole, and a new one begun.
import { closeSync, existsSync, openSync, renameSync } from "node:fs";
import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Problem } from "../../router/context.ts";
import { prepareSchema } from "./schema.ts";
import { isCorruption, storeFailed } from "./sqlite-error.ts";

/** How long a statement waits (and the event loop with it) for another process's lock. */
const busyTimeoutMs = 250;

/** After a checkpoint the WAL file is cut back to this size by the next commit. */
export const walKeptBytes = 4 * 2 ** 20;

/** The right-hand edge of every tree that writing touches: where a torn or cut file shows. */
const firstReads = [
  "select * from events order by seq desc limit 1",
  "select call from events where call is not null order by call desc limit 1",
  "select webhook_key from events where webhook_key is not null order by webhook_key desc limit 1",
  "select * from calls order by n desc limit 1",
  "select id from calls order by id desc limit 1",
  "select ended_at from calls order by ended_at desc limit 1",
];

/**
 * @param now epoch ms, part of the name that a damaged file gets.
 * @throws CallError `STORE_FAILED` when the file is locked, not writable, newer, or not ours.
 */
export function openFile(file: string, now: number): { db: DatabaseSync; problems: Problem[] } {
  try {
    return openOrSetAside(file, now);
  } catch (error) {
    throw storeFailed(error, file);
  }
}

function openOrSetAside(file: string, now: number): { db: DatabaseSync; problems: Problem[] } {
  // Ours alone to read: transcripts are in it. SQLite gives -wal and -shm the same mode.
  closeSync(openSync(file, "a", 0o600));
  const damaged = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    prepare(damaged, file);
    return { db: damaged, problems: [] };
  } catch (error) {
    if (!isCorruption(error)) {
      damaged.close();
      throw error;
    }
  }
  // Moved before it is closed: closing would fold the WAL into the file and delete it.
  const keptAs = setAside(file, now);
  damaged.close();
  closeSync(openSync(file, "a", 0o600));
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs });
  prepare(db, file);
  const message = `The log of calls was damaged; it is kept as ${basename(keptAs)} and a new one was begun.`;
  return {
    db,
    problems: [{ code: "STORE_DAMAGED", message, hint: `Look at it with sqlite3 (\`.recover\`): ${keptAs}` }],
  };
}

function prepare(db: DatabaseSync, file: string): void {
  prepareSchema(db, file);
  db.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 0");
  db.exec(`pragma journal_size_limit = ${walKeptBytes}`);
  for (const query of firstReads) db.prepare(query).get();
}

function setAside(file: string, now: number): string {
  let stamp = now;
  while (existsSync(`${file}.corrupt-${stamp}`)) stamp++;
  const keptAs = `${file}.corrupt-${stamp}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(file + suffix)) renameSync(file + suffix, keptAs + suffix);
  }
  return keptAs;
}
