// Decides when the WAL is folded into the database; a worker thread does it, and lives only while it is needed.
import { statSync } from "node:fs";
import type { Cancel, Clock, Log } from "../deps.ts";
import { CheckpointThread } from "./checkpoint-thread.ts";
import type { CheckpointMode, CheckpointReport } from "./checkpoint-worker.ts";

const lookEveryMs = 200;
/** So many looks without a commit and the log counts as idle. */
const idleLooks = 10;
/** Under unbroken load a passive checkpoint never catches up; beyond this, commits are held back for a truncating one. */
const walMostBytes = 64 * 2 ** 20;

export interface CheckpointsOptions {
  file: string;
  /** Script of the worker thread. */
  workerFile: string | URL;
  /** The WAL is left alone up to this size. */
  walKeptBytes: number;
  clock: Clock;
  log: Log;
  /** Commits wait between these two, so that none ever waits for the lock on the event loop. */
  hold(): void;
  release(): void;
  /** A passive checkpoint on this thread, for when there is no worker to be had. */
  checkpointHere(): void;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #thread: CheckpointThread;
  #commits = 0;
  #commitsSeen = 0;
  #quietLooks = 0;
  #timer: Cancel | undefined;
  #running: CheckpointMode | undefined;
  #isThreadDead = false;
  #hasFailed = false;
  #isClosed = false;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#thread = new CheckpointThread({
      file: options.file,
      workerFile: options.workerFile,
      onReport: (report) => this.#reported(report),
      onDeath: (error) => this.#threadDied(error),
    });
  }

  /** To be told of every commit; costs a counter and, for the first one in a while, a timer. */
  committed(): void {
    this.#commits++;
    this.#arm();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.();
    await this.#thread.end();
    this.#settle();
  }

  #arm(): void {
    if (!this.#isClosed) this.#timer ??= this.#options.clock.after(lookEveryMs, () => this.#look());
  }

  #look(): void {
    this.#timer = undefined;
    this.#quietLooks = this.#commits === this.#commitsSeen ? this.#quietLooks + 1 : 0;
    this.#commitsSeen = this.#commits;
    const isIdle = this.#quietLooks >= idleLooks;
    if (this.#running === undefined && this.#walBytes() > this.#options.walKeptBytes) {
      this.#run(isIdle ? "TRUNCATE" : "PASSIVE");
    }
    if (isIdle) void this.#thread.end();
    else this.#arm();
  }

  #walBytes(): number {
    return statSync(`${this.#options.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  #run(mode: CheckpointMode): void {
    if (this.#isThreadDead) return this.#runHere();
    this.#running = mode;
    if (mode === "TRUNCATE") this.#options.hold();
    this.#thread.order(mode);
  }

  #runHere(): void {
    try {
      this.#options.checkpointHere();
      this.#note(undefined);
    } catch (error) {
      this.#note(String(error));
    }
  }

  #reported({ mode, error }: CheckpointReport): void {
    this.#settle();
    this.#note(error);
    const isBehind = mode === "PASSIVE" && error === undefined && this.#walBytes() > walMostBytes;
    if (isBehind && !this.#isClosed) this.#run("TRUNCATE");
  }

  #threadDied(error: Error): void {
    this.#settle();
    this.#isThreadDead = true;
    const message = "checkpoint worker failed; checkpoints are made on the main thread from now on";
    this.#options.log.warn({ error: error.message }, message);
  }

  #settle(): void {
    if (this.#running === "TRUNCATE") this.#options.release();
    this.#running = undefined;
  }

  /** A failure loses nothing (the WAL has it all) and is tried again at the next look: one line is enough. */
  #note(error: string | undefined): void {
    if (error !== undefined && !this.#hasFailed) {
      this.#options.log.warn({ error }, "checkpoint failed; it is tried again");
    }
    this.#hasFailed = error !== undefined;
  }
}
