// Gathers the writes of one turn of the event loop and commits them together.
import type { DatabaseSync } from "node:sqlite";
import { type Settle, type Write, createTransaction } from "./transaction.ts";

/** Bounds how long one commit holds the event loop. */
const largestBatch = 256;

export interface GroupCommitOptions {
  db: DatabaseSync;
  /** After every commit, and after the writes in it have settled. */
  onCommit(): void;
  /** Something written was undone: what was remembered of it must be forgotten. */
  onRollback(): void;
}

export class GroupCommit {
  readonly #commit: (batch: readonly Write[]) => Settle[];
  readonly #onCommit: () => void;
  #waiting: Write[] = [];
  #isHeld = false;
  #isScheduled = false;

  constructor({ db, onCommit, onRollback }: GroupCommitOptions) {
    this.#commit = createTransaction(db, onRollback);
    this.#onCommit = onCommit;
  }

  /** Runs `write` inside the next transaction (twice, if a neighbour fails); settles after the commit. */
  submit<T>(write: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): Settle => {
        const result = write();
        return () => resolve(result);
      };
      this.#waiting.push({ run, reject });
      this.#schedule();
    });
  }

  /** No commit until `release`. Writes wait, the event loop does not. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#schedule();
  }

  /** Commits everything that waits, now. */
  drain(): void {
    while (this.#waiting.length > 0) this.#flush();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isHeld || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#isHeld && this.#waiting.length > 0) this.#flush();
      this.#schedule();
    });
  }

  #flush(): void {
    const batch = this.#waiting.slice(0, largestBatch);
    this.#waiting = this.#waiting.slice(largestBatch);
    try {
      for (const settle of this.#commit(batch)) settle();
    } catch (error) {
      for (const write of batch) write.reject(error);
      return;
    }
    this.#onCommit();
  }
}
