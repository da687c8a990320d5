// Whether what a caller says comes to words in time: who waits for us hears from us, whatever becomes of the recogniser.
// Times are monotonic milliseconds.

export type Overdue =
  /** The caller waits: they are told that somebody is there. */
  | "late"
  /** The words are lost: the caller has to say it again. */
  | "lost"
  /** Nobody hears them. */
  | "deaf";

/** A shorter sound is a knock, not somebody speaking. */
const shortestSpeechMs = 300;
/** So much speech without a break passes no recogniser that works; a laugh may. */
const longSpeechMs = 900;
/** Nor does so much pass one of which no word has come yet in the call. */
const firstSpeechMs = 500;
/** From the end of speech on. */
const lostAfterMs = 5000;
/** From the beginning of speech on that does not end. */
const deafAfterMs = 8000;
/** Lost so often, with no word between, is deaf. */
const mostLost = 2;

export class OverdueWords {
  readonly #lateAfterMs: number;
  #startedAt: number | undefined;
  #lastAt = 0;
  #isLate = false;
  #longestMs = 0;
  /** Not into our words. */
  #alone = false;
  /** The recogniser has noticed the speech. */
  #noticed = false;
  #lost = 0;
  #hasUnderstood = false;

  constructor(lateAfterMs: number) {
    this.#lateAfterMs = lateAfterMs;
  }

  /** The caller has been told to wait, and no word has come. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** The caller speaks, and has for so long; `alone`: not into our words. */
  spoke(at: number, { ms, alone }: { ms: number; alone: boolean }): void {
    if (ms < shortestSpeechMs) return;
    this.#startedAt ??= at;
    this.#lastAt = at;
    this.#longestMs = Math.max(this.#longestMs, ms);
    this.#alone ||= alone;
  }

  /** It was nothing, as far as we can tell: we speak on. */
  dismiss(): void {
    if (this.#longestMs < longSpeechMs) this.#forget();
  }

  /** The recogniser hears somebody speak: now, or in what it is given once more. */
  noticed(at: number): void {
    this.#noticed = true;
    if (this.#startedAt === undefined) this.#lastAt = at;
    this.#startedAt ??= at;
  }

  /** What was begun goes on. */
  goesOn(at: number): void {
    if (this.#startedAt !== undefined) this.#lastAt = at;
  }

  /** What was said has come to words, or to none: who was told to wait for them is told that too. */
  came(words: string): Overdue | undefined {
    const overdue = this.#isLate && words === "" ? "lost" : undefined;
    if (words !== "") {
      this.#lost = 0;
      this.#hasUnderstood = true;
    }
    this.#forget();
    return overdue;
  }

  /** The recogniser says that it lost what was said. */
  missed(): Overdue | undefined {
    return this.#startedAt === undefined ? undefined : this.#givesUp();
  }

  tick(at: number): Overdue | undefined {
    if (this.#startedAt === undefined) return undefined;
    const [sinceStart, sinceEnd] = [at - this.#startedAt, at - this.#lastAt];
    const isDeaf = !this.#noticed && sinceStart > deafAfterMs;
    if (isDeaf || (this.#isLate && sinceEnd >= this.#lateAfterMs && sinceStart >= lostAfterMs)) return this.#givesUp();
    if (this.#isLate || sinceEnd < this.#lateAfterMs) return undefined;
    this.#isLate = true;
    return "late";
  }

  #givesUp(): Overdue {
    const tellingMs = this.#hasUnderstood ? longSpeechMs : firstSpeechMs;
    const isClear = !this.#noticed && this.#alone && this.#longestMs >= tellingMs;
    this.#lost++;
    this.#forget();
    if (!isClear && this.#lost < mostLost) return "lost";
    this.#lost = 0;
    return "deaf";
  }

  #forget(): void {
    this.#startedAt = undefined;
    this.#isLate = false;
    this.#noticed = false;
    this.#longestMs = 0;
    this.#alone = false;
  }
}
