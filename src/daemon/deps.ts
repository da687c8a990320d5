// What the daemon takes from the machine it runs on; the only place that reads its clock and its randomness.
import { randomFillSync } from "node:crypto";

/** Stops what `Clock.after` started. */
export type Cancel = () => void;

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Milliseconds since some moment, with fractions; never set back or forward. */
  monotonic(): number;
  /** Runs `task` once after `ms`; does not keep the process alive by itself. */
  after(ms: number, task: () => void): Cancel;
}

/** Lines of the daemon's log. Fields never hold secrets or transcripts; numbers go through `shortNumber`. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface Deps {
  clock: Clock;
  log: Log;
  /** A fresh id: `prefix-` + 16 characters of Crockford's base 32 (80 random bits). */
  newId(prefix: string): string;
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

const idLength = 16;
/** Asking for randomness costs more than taking it: one question is enough for many ids. */
const pool = new Uint8Array(idLength * 128);
let used = pool.length;

export function newId(prefix: string): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let text = `${prefix}-`;
  for (const byte of pool.subarray(used, used + idLength)) text += alphabet[byte & 31];
  used += idLength;
  return text;
}

/** Node's timers hold 31 bits of milliseconds; a longer wait is split. */
const longestWaitMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      const step = Math.min(Math.max(0, left), longestWaitMs);
      timer = setTimeout(() => (left > step ? wait(left - step) : task()), step);
      timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};
