// Those who wait for the next commit.

export interface WakeUps {
  /** Settles at the next `wake`, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void>;
  wake(): void;
}

export function createWakeUps(): WakeUps {
  let waiting = new Set<() => void>();
  return {
    next: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const settle = (): void => {
          waiting.delete(settle);
          signal.removeEventListener("abort", settle);
          resolve();
        };
        waiting.add(settle);
        signal.addEventListener("abort", settle);
      }),
    wake() {
      const woken = waiting;
      waiting = new Set();
      for (const settle of woken) settle();
    },
  };
}
