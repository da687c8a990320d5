// The worker thread that makes checkpoints: started by the first order, ended when it is told to.
import type { Worker } from "node:worker_threads";
import type { CheckpointMode, CheckpointReport } from "./checkpoint-worker.ts";

export interface CheckpointThreadOptions {
  file: string;
  /** Script of the thread. */
  workerFile: string | URL;
  onReport(report: CheckpointReport): void;
  /** The thread could not start or died; no report comes of the order it had. */
  onDeath(error: Error): void;
}

export class CheckpointThread {
  readonly #options: CheckpointThreadOptions;
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: CheckpointThreadOptions) {
    this.#options = options;
  }

  order(mode: CheckpointMode): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(mode);
  }

  /** Settles when the thread has closed its connection and is gone. */
  end(): Promise<void> {
    this.#worker?.ref();
    this.#worker?.postMessage("end");
    this.#worker = undefined;
    return this.#ended;
  }

  #start(): Worker {
    const { file, workerFile, onReport, onDeath } = this.#options;
    // It runs one statement at a time: a small heap keeps the daemon small.
    const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16, stackSizeMb: 1 };
    // Loaded when the log has grown, not while somebody waits for the daemon to start.
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    const worker = new Worker(workerFile, { workerData: file, name: "checkpoint", resourceLimits });
    worker.unref();
    worker.on("message", onReport);
    worker.on("error", (error) => onDeath(error instanceof Error ? error : new Error(String(error))));
    this.#ended = new Promise((resolve) => {
      worker.on("exit", () => {
        if (this.#worker === worker) this.#worker = undefined;
        resolve();
      });
    });
    return worker;
  }
}
