// Waits for a promise, but not for ever, and not when nobody wants it any more.
import type { Clock } from "../deps.ts";

export const late = Symbol("late");
export const unwanted = Symbol("unwanted");

/** The promise's own outcome, `late` after `ms`, or `unwanted` once the signal aborts. */
export async function within<Value>(
  wanted: Promise<Value>,
  ms: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<Value | typeof late | typeof unwanted> {
  if (signal.aborted) {
    wanted.catch(() => undefined);
    return unwanted;
  }
  const { promise, resolve } = Promise.withResolvers<typeof late | typeof unwanted>();
  const cancel = clock.after(ms, () => resolve(late));
  const leave = (): void => resolve(unwanted);
  signal.addEventListener("abort", leave);
  try {
    // The race also takes care of a rejection that comes when it is over.
    return await Promise.race([wanted, promise]);
  } finally {
    cancel();
    signal.removeEventListener("abort", leave);
  }
}
