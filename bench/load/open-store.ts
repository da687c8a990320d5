// The daemon's store, opened in the process of the benchmark.
import { systemClock } from "../../src/daemon/deps.ts";
import { type SqliteStore, openSqliteStore } from "../../src/daemon/store/sqlite-store.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const checkpointWorker = new URL("../../src/daemon/store/checkpoint-worker.ts", import.meta.url);

export function openStore(file: string): SqliteStore {
  return openSqliteStore({ file, checkpointWorker, clock: systemClock, log: silent });
}
