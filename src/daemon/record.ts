// The record by which clients find the running daemon: written when it is ready, removed at a clean stop.
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type DaemonRecord, daemonRecordFile } from "../call/protocol.ts";
import type { Cancel, Clock } from "./deps.ts";

/** 256 bits as 64 hex digits. */
export function newToken(): string {
  return randomBytes(32).toString("hex");
}

const lookEveryMs = 1000;

export interface RecordOptions {
  stateDir: string;
  clock: Clock;
  /** What it says now; asked again with each look. */
  record(): DaemonRecord;
}

/** Keeps the record in place while the daemon lives: one that somebody damaged or deleted is written again. */
export async function keepRecord({ stateDir, clock, record }: RecordOptions): Promise<AsyncDisposable> {
  const file = join(stateDir, daemonRecordFile);
  let written = record();
  let stamp = await write(file, written);
  let cancel: Cancel;
  const look = (): void => {
    if (stampOf(file) === stamp && isDeepStrictEqual(written, record())) cancel = clock.after(lookEveryMs, look);
    else void again();
  };
  const again = async (): Promise<void> => {
    written = record();
    stamp = await write(file, written).catch(() => "unwritable");
    cancel = clock.after(lookEveryMs, look);
  };
  cancel = clock.after(lookEveryMs, look);
  return {
    [Symbol.asyncDispose]: () => {
      cancel();
      return rm(file, { force: true });
    },
  };
}

/** Readable by its owner only, and never half-written. */
async function write(file: string, record: DaemonRecord): Promise<string> {
  const draft = `${file}.${record.pid}`;
  await writeFile(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  await rename(draft, file);
  return stampOf(file);
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "none" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}
