// Worker thread that folds the WAL into the database, because doing so on the main loop would stall media.
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

/** `PASSIVE` never gets in a writer's way; `TRUNCATE` needs the log to itself for a moment and empties its file. */
export type CheckpointMode = "PASSIVE" | "TRUNCATE";

/** What came of a checkpoint; without `error` it was made, as far as readers and writers let it. */
export interface CheckpointReport {
  mode: CheckpointMode;
  error?: string;
}

const db = new DatabaseSync(String(workerData));

parentPort?.on("message", (mode: CheckpointMode | "end") => {
  if (mode === "end") {
    db.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(checkpoint(mode));
});

function checkpoint(mode: CheckpointMode): CheckpointReport {
  try {
    db.prepare(`pragma wal_checkpoint(${mode})`).get();
    return { mode };
  } catch (error) {
    return { mode, error: String(error) };
  }
}
