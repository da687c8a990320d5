// A clock that moves only when a test says so.
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/daemon/deps.ts";

export interface ManualClock extends Clock {
  /** How many timers are waiting. */
  readonly waiting: number;
  /** Moves on by `ms`, running each timer that comes due in order; promises settle before, between and after them. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  at: number;
  task: () => void;
}

/** `start`: epoch ms. */
export function createManualClock(start = 1_700_000_000_000): ManualClock {
  const timers = new Set<Timer>();
  let now = start;
  /** The earliest timer until then; of equal ones the first that was set. */
  const due = (until: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers) if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    return next;
  };
  return {
    now: () => now,
    monotonic: () => now - start,
    after(ms, task) {
      const timer = { at: now + Math.max(0, ms), task };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    get waiting() {
      return timers.size;
    },
    async advance(ms) {
      const until = now + ms;
      await setImmediate();
      for (let timer = due(until); timer !== undefined; timer = due(until)) {
        timers.delete(timer);
        now = timer.at;
        timer.task();
        await setImmediate();
      }
      now = until;
    },
  };
}
