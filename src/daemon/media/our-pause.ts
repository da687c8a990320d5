// Our falling silent for somebody who may be interrupting us: it always ends, and takes more after each false alarm.

export interface PauseRules {
  /** Voice that lasts so long while we speak makes us pause. */
  onsetMs: number;
}

/** A line that gives our own voice back would stop us at each word. */
const longestOnsetMs = 2000;

export class OurPause {
  readonly #rules: PauseRules;
  #since: number | undefined;
  /** Pauses for nothing since the caller last said something. */
  #falseAlarms = 0;

  constructor(rules: PauseRules) {
    this.#rules = rules;
  }

  /** When we fell silent, while we are. */
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

  /** Nobody has said anything for as long as is borne. */
  isOver(at: number, bearsMs: number): boolean {
    return this.#since !== undefined && at - this.#since >= bearsMs;
  }
}
