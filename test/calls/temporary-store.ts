// A store on disk, for as long as a test runs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Log } from "../../src/daemon/deps.ts";
import type { EventStore } from "../../src/daemon/store/event-store.ts";
import { openSqliteStore } from "../../src/daemon/store/sqlite-store.ts";

export interface TemporaryStore extends AsyncDisposable {
  store: EventStore;
  log: Log;
}

export async function temporaryStore(clock: Clock): Promise<TemporaryStore> {
  const folder = await mkdtemp(join(tmpdir(), "voicecall-store-"));
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const checkpointWorker = new URL("../../src/daemon/store/checkpoint-worker.ts", import.meta.url);
  const store = openSqliteStore({ file: join(folder, "calls.sqlite"), checkpointWorker, clock, log });
  return {
    store,
    log,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
