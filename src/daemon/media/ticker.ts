// One clock beat for all calls that play: on an absolute schedule, so that a late beat is made up for and nothing drifts.
import type { Cancel, Clock } from "../deps.ts";

const beatMs = 100;

export class Ticker implements Disposable {
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #members = new Set<() => void>();
  #cancel: Cancel | undefined;
  #next = 0;

  constructor(clock: Clock, failed: (error: unknown) => void) {
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Beats only while somebody is there. */
  add(member: () => void): void {
    this.#members.add(member);
    if (this.#cancel !== undefined) return;
    this.#next = this.#clock.monotonic() + beatMs;
    this.#wait();
  }

  remove(member: () => void): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this[Symbol.dispose]();
  }

  #wait(): void {
    this.#cancel = this.#clock.after(this.#next - this.#clock.monotonic(), () => {
      const now = this.#clock.monotonic();
      this.#next += beatMs * Math.max(1, Math.ceil((now - this.#next) / beatMs));
      this.#wait();
      for (const member of this.#members) this.#beat(member);
    });
  }

  /** One call's defect must not cost the others their beat. */
  #beat(member: () => void): void {
    try {
      member();
    } catch (error) {
      this.#failed(error);
    }
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
