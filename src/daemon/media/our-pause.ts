// Our falling silent for somebody who may be interrupting us: it always ends, and takes more after each false alarm.

export interface PauseRules {
  /** Voice that lasts so long while we speak makes us pause. */
  onsetMs: number;
  /** A pause of ours without any words of theirs ends after so long. */
  resumeMs: number;
}

/** A line that gives our own voice back would stop us at each word. */
const longestOnsetMs = 2000;

/** Silent for a voice whose words are still to come we are for no longer. */
const longestMs = 8000;

export class OurPause {
  readonly #rules: PauseRules;
  #since: number | undefined;
  /** Pauses for nothing since the caller last said something. */
  #falseAlarms = 0;

  constructor(rules: PauseRules) {
    this.#rules = rules;
  }

  get since(): number | undefined {
    return this.#since;
  }

  get isOn(): boolean {
    return this.#since !== undefined;
  }

  /** Voice that must last as long by now. */
  get onsetMs(): number {
    const { onsetMs } = this.#rules;
    return Math.min(Math.max(onsetMs, longestOnsetMs), onsetMs * 2 ** Math.max(0, this.#falseAlarms - 1));
  }

  begin(at: number): void {
    this.#since = at;
  }

  /** They have said something. */
  end(): void {
    this.#since = undefined;
    this.#falseAlarms = 0;
  }

  /** A turn was made; what comes next is judged anew. */
  forgive(): void {
    this.#falseAlarms = 0;
  }

  /** It was nothing. True when we were silent for it. */
  calm(): boolean {
    if (this.#since === undefined) return false;
    this.#since = undefined;
    this.#falseAlarms++;
    return true;
  }

  /** Nobody has said anything for long enough, or for longer where a sound goes on, or words are still to come. */
  isOver(at: number, waitsFor: "nobody" | "a sound" | "words"): boolean {
    const { resumeMs } = this.#rules;
    if (this.#since === undefined) return false;
    const bearsMs = { nobody: resumeMs, "a sound": 2 * resumeMs, words: Math.max(resumeMs, longestMs) };
    return at - this.#since >= bearsMs[waitsFor];
  }
}
