// The event store on SQLite: what is acknowledged is committed.
import type { DatabaseSync } from "node:sqlite";
import { CallError } from "../../call/error.ts";
import type { StoredEvent } from "../../call/event.ts";
import type { Problem } from "../../router/context.ts";
import type { Clock, Log } from "../deps.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Append, EventQuery, EventStore } from "./event-store.ts";
import { GroupCommit } from "./group-commit.ts";
import { openFile, walKeptBytes } from "./open-file.ts";
import { type PruneLimits, createPruner } from "./pruner.ts";
import { type Reader, createReader } from "./reader.ts";
import { storeFailed } from "./sqlite-error.ts";
import { createWakeUps } from "./wake-ups.ts";
import { type Stray, type Writer, createWriter } from "./writer.ts";

export interface SqliteStoreOptions {
  /** Path of the database; its directory exists. */
  file: string;
  /** Script of the thread that makes checkpoints (`checkpoint-worker`). */
  checkpointWorker: string | URL;
  clock: Clock;
  log: Log;
}

/**
 * Opens or creates the log. A damaged file is moved aside and reported in `problems`, never overwritten.
 * Each append has at least one event. `carrier`, `startedAt` and `request` of a call's row are those of its first append.
 * @throws CallError `STORE_FAILED` when the file is locked, not writable, newer than this program, or of another one.
 */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { db, problems } = openFile(options.file, options.clock.now());
  for (const problem of problems) options.log.error({ code: problem.code, hint: problem.hint }, problem.message);
  return new SqliteStore(db, problems, options);
}

export class SqliteStore implements EventStore {
  /** What was found wrong at opening and worked around. */
  readonly problems: readonly Problem[];
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #pruneBatch: (limits: PruneLimits, lastSeq: number) => number;
  readonly #wakeUps = createWakeUps();
  readonly #group: GroupCommit;
  readonly #checkpoints: Checkpoints;
  #lastSeq: number;
  #isClosed = false;

  constructor(
    db: DatabaseSync,
    problems: readonly Problem[],
    { file, checkpointWorker, clock, log }: SqliteStoreOptions,
  ) {
    this.problems = problems;
    this.#file = file;
    this.#db = db;
    this.#writer = createWriter(db);
    this.#reader = createReader(db);
    this.#pruneBatch = createPruner(db);
    this.#lastSeq = this.#writer.lastSeq();
    this.#group = new GroupCommit({
      db,
      onCommit: () => this.#committed(),
      onRollback: () => this.#writer.forget(),
    });
    this.#checkpoints = new Checkpoints({
      file,
      workerFile: checkpointWorker,
      walKeptBytes,
      clock,
      log,
      hold: () => this.#group.hold(),
      release: () => this.#group.release(),
      checkpointHere: () => db.exec("pragma wal_checkpoint(passive)"),
    });
  }

  append(append: Append): Promise<StoredEvent[]> {
    return this.#submit(() => this.#writer.append(append));
  }

  appendStray(stray: Stray): Promise<StoredEvent> {
    return this.#submit(() => this.#writer.appendStray(stray));
  }

  replyTo(key: string): string | undefined {
    return this.#ask((reader) => reader.replyTo(key));
  }

  read(query: EventQuery): StoredEvent[] {
    return this.#ask((reader) => reader.read(query));
  }

  positionOfLast(count: number, callId?: string): number {
    return this.#ask((reader) => reader.positionOfLast(count, callId));
  }

  lastSeq(): number {
    return this.#lastSeq;
  }

  callEvents(callId: string): StoredEvent[] {
    return this.#ask((reader) => reader.callEvents(callId));
  }

  findCall(id: string): string | undefined {
    return this.#ask((reader) => reader.findCall(id));
  }

  findRequest(requestId: string): { callId: string; digest: string } | undefined {
    return this.#ask((reader) => reader.findRequest(requestId));
  }

  openCalls(): string[] {
    return this.#ask((reader) => reader.openCalls());
  }

  carrierIdsSince(startedAt: number): Set<string> {
    return this.#ask((reader) => reader.carrierIdsSince(startedAt));
  }

  /**
   * Deletes one small batch: at most 16 calls (fewer when they hold more than 256 events) and 256 strays.
   * While it returns more than 0 there may be more to delete: call it again in a later turn of the event loop.
   */
  prune(limits: PruneLimits): number {
    const calls = this.#ask(() => this.#pruneBatch(limits, this.#lastSeq));
    this.#writer.forget();
    this.#checkpoints.committed();
    return calls;
  }

  committedAfter(seq: number, signal: AbortSignal): Promise<void> {
    return this.#lastSeq > seq ? Promise.resolve() : this.#wakeUps.next(signal);
  }

  /** Commits what waits, ends the worker thread and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#checkpoints.close();
    this.#group.drain();
    this.#db.close();
  }

  #committed(): void {
    this.#lastSeq = this.#writer.lastSeq();
    this.#checkpoints.committed();
    this.#wakeUps.wake();
  }

  #ask<T>(question: (reader: Reader) => T): T {
    try {
      return question(this.#reader);
    } catch (error) {
      throw storeFailed(error, this.#file);
    }
  }

  async #submit<T>(write: () => T): Promise<T> {
    if (this.#isClosed) throw new CallError("STORE_FAILED", "the store is closed");
    try {
      return await this.#group.submit(write);
    } catch (error) {
      throw storeFailed(error, this.#file);
    }
  }
}
