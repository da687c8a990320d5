// Deletes what the retention settings no longer keep, a bounded piece at a time.
import type { Cancel, Clock, Log } from "./deps.ts";
import type { EventStore } from "./store/event-store.ts";

export interface HousekeepingPorts {
  clock: Clock;
  log: Log;
  store: EventStore;
  /** Read anew each time. */
  retention(): { days: number; calls: number };
}

const firstMs = 5000;
const pauseMs = 50;
const everyMs = 3_600_000;
const dayMs = 86_400_000;

export function startHousekeeping({ clock, log, store, retention }: HousekeepingPorts): Disposable {
  let cancel: Cancel;
  const sweep = (): void => {
    const { days, calls } = retention();
    let pruned = 0;
    try {
      pruned = store.prune({ endedBefore: clock.now() - days * dayMs, keepCalls: calls });
      if (pruned > 0) log.info({ pruned }, "old calls were deleted");
    } catch (error) {
      log.error({ error: String(error) }, "old calls could not be deleted");
    }
    cancel = clock.after(pruned > 0 ? pauseMs : everyMs, sweep);
  };
  cancel = clock.after(firstMs, sweep);
  return { [Symbol.dispose]: () => cancel() };
}
