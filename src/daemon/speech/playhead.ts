// What the caller hears of a stream of audio, reckoned from when each piece was handed on.
import type { Clock } from "../deps.ts";
import type { Ulaw } from "./synthesiser.ts";

const bytesPerMs = 8;

export class Playhead {
  readonly #clock: Clock;
  /** When what was handed on has been played. */
  #end: number;
  #silentMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#end = clock.monotonic();
  }

  /** The reader wants more. Time before this, in which it wanted none, is no silence of ours. */
  asked(): void {
    this.#end = Math.max(this.#end, this.#clock.monotonic());
  }

  handedOn(audio: Ulaw): void {
    const now = this.#clock.monotonic();
    this.#silentMs += Math.max(0, now - this.#end);
    this.#end = Math.max(this.#end, now) + audio.length / bytesPerMs;
  }

  /** How long until the caller has heard nothing for `ms`. */
  untilSilentFor(ms: number): number {
    return this.#end + ms - this.#clock.monotonic();
  }

  /** All the gaps since the present voice began. */
  get silentMs(): number {
    return this.#silentMs;
  }

  /** A voice's first audio is there: what the caller waited for it is no gap. */
  begins(): void {
    this.asked();
    this.#silentMs = 0;
  }
}
