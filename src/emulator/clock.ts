// The emulators' clock: real time for the network, scaled time for everything that happens on the phone line.
import { promisify } from "node:util";

const after = promisify(setTimeout);

/** Time for an emulator. `line` durations are multiplied by `scale`; `real` ones are not. */
export interface Clock {
  readonly scale: number;
  /** Epoch milliseconds, unscaled. */
  now(): number;
  /** Real milliseconds that never jump. Audio goes by these: a voice has no other pace. */
  monotonic(): number;
  /** Acts every `ms` of real time until the signal aborts; beats that came late are made up for at once. */
  every(ms: number, act: () => void, signal: AbortSignal): void;
  /** Lets `ms` of line time pass; false when the signal ended it early. */
  pass(ms: number, signal?: AbortSignal): Promise<boolean>;
  /** Lets `ms` of real time pass; false when the signal ended it early. */
  passReal(ms: number, signal?: AbortSignal): Promise<boolean>;
  /** Acts once `ms` of line time have passed, unless the signal aborts before. */
  later(ms: number, act: () => void, signal: AbortSignal): void;
  /** Line milliseconds since an instant taken from `now()`. */
  since(instant: number): number;
  /** A signal that aborts after `ms` of real time and keeps no process alive. */
  deadline(ms: number): AbortSignal;
}

/** A clock whose line time runs at `scale` real milliseconds per line millisecond (0.02: 15 s take 300 ms). */
export function createClock(scale: number): Clock {
  if (!(scale > 0) || !Number.isFinite(scale)) {
    throw new RangeError("scale must be a positive number");
  }
  return {
    scale,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    every,
    pass: (ms, signal) => passReal(ms * scale, signal),
    passReal,
    later(ms, act, signal) {
      void actAfter(passReal(ms * scale, signal), act);
    },
    since: (instant) => (Date.now() - instant) / scale,
    deadline: (ms) => AbortSignal.timeout(ms),
  };
}

async function passReal(ms: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await after(ms, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch {
    return false;
  }
}

async function actAfter(passing: Promise<boolean>, act: () => void): Promise<void> {
  if (await passing) {
    act();
  }
}

/** On an absolute schedule, so that a late beat delays no later one. */
function every(ms: number, act: () => void, signal: AbortSignal): void {
  let nextAt = performance.now();
  let timer: NodeJS.Timeout;
  const wait = () => {
    nextAt += ms;
    timer = setTimeout(beat, Math.max(0, nextAt - performance.now()));
  };
  const beat = () => {
    act();
    if (!signal.aborted) {
      wait();
    }
  };
  if (!signal.aborted) {
    wait();
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
      },
      { once: true },
    );
  }
}
