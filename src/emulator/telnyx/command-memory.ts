// Remembers which command ids were carried out lately, so that a repeated command has no second effect.
import type { Clock } from "../clock.ts";

export class CommandMemory<Result> {
  readonly #clock: Clock;
  readonly #memoryMs: number;
  readonly #results = new Map<string, { readonly result: Result; readonly at: number }>();

  /** `memoryMs` in real time: repeats come from programs, not from the phone line. */
  constructor(clock: Clock, memoryMs: number) {
    this.#clock = clock;
    this.#memoryMs = memoryMs;
  }

  /** What the command led to; undefined when it is new or long past. */
  recall(key: string): Result | undefined {
    const entry = this.#results.get(key);
    return entry !== undefined && this.#clock.now() - entry.at < this.#memoryMs ? entry.result : undefined;
  }

  remember(key: string, result: Result): void {
    this.#results.set(key, { result, at: this.#clock.now() });
  }
}
