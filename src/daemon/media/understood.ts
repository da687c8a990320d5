// What was understood of the caller since their last turn: finished pieces, and the one that is still being spoken.

export class Understood {
  readonly #finals: string[] = [];
  /** Of the last finished piece. */
  confidence: number | undefined;
  /** The piece that is being spoken. */
  partial = "";
  /** That piece is our own words, or assent: no turn, unless more comes. */
  isDoubtful = false;

  get hasFinals(): boolean {
    return this.#finals.length > 0;
  }

  get isEmpty(): boolean {
    return this.#finals.length === 0 && this.partial === "";
  }

  get text(): string {
    return [...this.#finals, this.partial].join(" ").trim();
  }

  add(final: string, confidence: number | undefined): void {
    this.#finals.push(final);
    this.confidence = confidence;
  }

  /** Its final will not come: what was understood of it is all there is. */
  keepPartial(): void {
    if (this.partial !== "" && !this.isDoubtful) this.#finals.push(this.partial);
    this.partial = "";
  }
}
