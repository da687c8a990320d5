// Logs what was refused, a few lines at most however many there are.
import type { Clock, Log } from "../deps.ts";

const windowMs = 10_000;
const linesPerWindow = 5;

export class RefusalLog {
  readonly #log: Log;
  readonly #clock: Clock;
  #windowStart = 0;
  #lines = 0;
  #unlogged = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  note(fields: Record<string, unknown>): void {
    const now = this.#clock.now();
    if (now - this.#windowStart >= windowMs) {
      this.#windowStart = now;
      this.#lines = 0;
    }
    if (this.#lines === linesPerWindow) {
      this.#unlogged++;
      return;
    }
    this.#lines++;
    this.#log.warn({ ...fields, ...(this.#unlogged > 0 && { unlogged: this.#unlogged }) }, "control request refused");
    this.#unlogged = 0;
  }
}
