// A feed of events that tests can wait on, without polling.
import type { Clock } from "./clock.ts";

const DEFAULT_PATIENCE_MS = 5000;

/** Announces events to observers; every wait has a bound in real time. */
export class EventFeed<Event> {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #observers = new Set<(event: Event) => void>();
  readonly #looks = new Set<() => void>();

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  emit(event: Event): void {
    for (const observer of this.#observers) {
      observer(event);
    }
  }

  /** Has every `waitFor` look again: something changed that is no event. */
  poke(): void {
    for (const look of this.#looks) {
      look();
    }
  }

  /** Tells the observer about every later event. */
  observe(observer: (event: Event) => void): void {
    this.#observers.add(observer);
  }

  /** The next event that matches. Rejects after `timeoutMs` or when the emulator closes. */
  next(matches: (event: Event) => boolean, timeoutMs = DEFAULT_PATIENCE_MS): Promise<Event> {
    return this.#until((event) => (event !== undefined && matches(event) ? event : undefined), timeoutMs);
  }

  /** Settles once the condition holds, which is looked at now and after every event. Rejects like `next`. */
  async waitFor(condition: () => boolean, timeoutMs = DEFAULT_PATIENCE_MS): Promise<void> {
    if (!condition()) {
      await this.#until(() => (condition() ? true : undefined), timeoutMs);
    }
  }

  #until<Found>(find: (event: Event | undefined) => Found | undefined, timeoutMs: number): Promise<Found> {
    return new Promise((resolve, reject) => {
      const waiting = new AbortController();
      const observer = (event?: Event) => {
        const found = find(event);
        if (found !== undefined) {
          finish();
          resolve(found);
        }
      };
      const finish = () => {
        this.#observers.delete(observer);
        this.#looks.delete(observer);
        waiting.abort();
      };
      this.#observers.add(observer);
      this.#looks.add(observer);
      const expire = async () => {
        const over = AbortSignal.any([waiting.signal, this.#signal]);
        const timedOut = await this.#clock.passReal(timeoutMs, over);
        finish();
        reject(new Error(timedOut ? `nothing of the kind within ${timeoutMs} ms` : "emulator closed"));
      };
      void expire();
    });
  }
}
