// Runs several writes in one transaction, in which each stands or falls alone.
import type { DatabaseSync } from "node:sqlite";
import { isOwnFault } from "./sqlite-error.ts";

/** What to do with a write once its transaction is committed. */
export type Settle = () => void;

export interface Write {
  run(): Settle;
  reject(error: unknown): void;
}

/**
 * A function that commits a batch and returns how each write of it is to be settled.
 * It throws when the store itself failed; nothing of the batch is kept then.
 * @param onRollback something written was undone: what was remembered of it must be forgotten.
 */
export function createTransaction(db: DatabaseSync, onRollback: () => void): (batch: readonly Write[]) => Settle[] {
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const rollback = db.prepare("rollback");
  const savepoint = db.prepare("savepoint one");
  const undo = db.prepare("rollback to one");
  const keep = db.prepare("release one");

  function transact(batch: readonly Write[], each: (write: Write) => Settle): Settle[] {
    try {
      begin.run();
      const settles = batch.map(each);
      commit.run();
      return settles;
    } catch (error) {
      if (db.isTransaction) rollback.run();
      onRollback();
      throw error;
    }
  }

  function runAlone(write: Write): Settle {
    savepoint.run();
    try {
      const settle = write.run();
      keep.run();
      return settle;
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      undo.run();
      keep.run();
      onRollback();
      return () => write.reject(error);
    }
  }

  return (batch) => {
    try {
      return transact(batch, (write) => write.run());
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      // Rare: savepoints are paid for only when a write of the batch has failed.
      return transact(batch, runAlone);
    }
  };
}
