// Whether what a caller says comes to words in time: who waits for us hears from us, whatever becomes of the recogniser.
// Times are monotonic milliseconds.
import { type EndRule, silenceFor } from "./turn-end.ts";

export type Overdue =
  /** The caller waits: they are told that somebody is there. */
  | "late"
  /** The words are lost: the caller has to say it again. */
  | "lost"
  /** Nobody hears them. */
  | "deaf";

/** Longer than the silence that ends a turn by so much, and the caller wonders whether we are there. */
const bearableMs = 1200;
/** From the beginning of speech on, if it has ended long enough ago. */
const lostAfterMs = 5000;
/** Lost so often, with no word between, is deaf. */
const mostLost = 2;

export class OverdueWords {
  readonly #rule: EndRule;
  #startedAt: number | undefined;
  #lastAt = 0;
  #isLate = false;
  /** The recogniser's connection broke since its last word. */
  #isBroken = false;
  #lost = 0;

  constructor(rule: EndRule) {
    this.#rule = rule;
  }

  /** The caller has been told to wait, and no word has come. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** Somebody is heard to speak: now, or in what a recogniser was given once more. */
  began(at: number): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = at;
    this.#lastAt = at;
  }

  /** What was begun goes on. */
  goesOn(at: number): void {
    if (this.#startedAt !== undefined) this.#lastAt = at;
  }

  /** A word of what is being said, or of what a new connection hears once more. */
  understood(at: number): void {
    this.began(at);
    if (!this.#isBroken) this.goesOn(at);
  }

  /** The recogniser's connection is being made anew. */
  broke(): void {
    this.#isBroken = true;
  }

  /** What was said has come to words, or to none: who was told to wait for them is told that too. */
  came(words: string): Overdue | undefined {
    this.#isBroken = false;
    if (words === "") return this.#isLate ? this.#givesUp() : this.dismiss();
    this.#lost = 0;
    return this.dismiss();
  }

  /** The recogniser says that it lost what was said. */
  missed(): Overdue | undefined {
    return this.#startedAt === undefined ? undefined : this.#givesUp();
  }

  /** It was nothing, as far as anybody can tell. */
  dismiss(): undefined {
    this.#startedAt = undefined;
    this.#isLate = false;
  }

  /** `text`: what is understood so far. Who stops at "and" is thinking. */
  tick(at: number, text = ""): Overdue | undefined {
    const { plainMs } = this.#rule;
    if (this.#startedAt === undefined || at - this.#lastAt < plainMs + bearableMs) return undefined;
    if (text !== "" && !this.#isBroken && silenceFor(text, this.#rule) > plainMs) return undefined;
    if (this.#isLate) return at - this.#startedAt >= lostAfterMs ? this.#givesUp() : undefined;
    this.#isLate = true;
    return "late";
  }

  #givesUp(): Overdue {
    this.dismiss();
    this.#lost++;
    if (this.#lost < mostLost) return "lost";
    this.#lost = 0;
    return "deaf";
  }
}
