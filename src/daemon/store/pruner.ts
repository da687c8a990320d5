// Deletes old finished calls a few at a time, so that the event loop is never held for long.
import type { DatabaseSync } from "node:sqlite";

export interface PruneLimits {
  /** Epoch ms. */
  endedBefore: number;
  keepCalls: number;
}

const callsAtOnce = 16;
const eventsAtOnce = 256;

/** A function that prunes one batch, oldest calls first, in a transaction of its own; returns how many calls went. */
export function createPruner(db: DatabaseSync): (limits: PruneLimits, lastSeq: number) => number {
  const countFinished = db.prepare("select count(*) as calls from calls where ended_at is not null");
  const oldest = db.prepare(
    "select n, ended_at from calls where ended_at is not null order by ended_at, started_at limit ?",
  );
  const deleteEvents = db.prepare("delete from events where call = ?");
  const deleteCall = db.prepare("delete from calls where n = ?");
  const deleteStrays = db.prepare(`delete from events where seq in
    (select seq from events where call is null and at < ? order by at limit ?)`);
  const keepEnd = db.prepare("update pruned set last_seq = ?");

  function pruneCalls(limits: PruneLimits): number {
    const beyondCount = Number(countFinished.get()?.["calls"]) - limits.keepCalls;
    let calls = 0;
    let events = 0;
    for (const row of oldest.all(callsAtOnce)) {
      const isOld = Number(row["ended_at"]) < limits.endedBefore;
      if (events >= eventsAtOnce || !(isOld || calls < beyondCount)) break;
      const n = Number(row["n"]);
      events += Number(deleteEvents.run(n).changes);
      deleteCall.run(n);
      calls++;
    }
    return calls;
  }

  return (limits, lastSeq) => {
    db.exec("begin immediate");
    try {
      const calls = pruneCalls(limits);
      const strays = Number(deleteStrays.run(limits.endedBefore, eventsAtOnce).changes);
      // The newest event may be gone now; its position must not be given twice.
      if (calls + strays > 0) keepEnd.run(lastSeq);
      db.exec("commit");
      return calls;
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      throw error;
    }
  };
}
