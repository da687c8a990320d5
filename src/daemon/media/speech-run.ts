// One run of the caller's voice, as the voice detector hears it. Times are monotonic milliseconds.

/** What one probability is of: voice in it began so long before. */
const stepMs = 32;
/** A breath between two words does not end a run of voice. */
const breathMs = 160;

export class SpeechRun {
  #startedAt: number | undefined;
  #lastAt = 0;

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get isOn(): boolean {
    return this.#startedAt !== undefined;
  }

  /** A step with voice in it. `addsMs`: to a run that goes on; 0 when it begins. */
  voice(at: number): { startedAt: number; addsMs: number } {
    const isNew = this.#startedAt === undefined || at - this.#lastAt > breathMs;
    const addsMs = isNew ? 0 : at - this.#lastAt;
    const startedAt = isNew ? at - stepMs : (this.#startedAt ?? at);
    this.#startedAt = startedAt;
    this.#lastAt = at;
    return { startedAt, addsMs };
  }

  goesOn(at: number): boolean {
    return this.#startedAt !== undefined && at - this.#lastAt <= breathMs;
  }

  end(): void {
    this.#startedAt = undefined;
  }
}
