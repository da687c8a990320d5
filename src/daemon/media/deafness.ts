// Notices that somebody speaks and the recogniser understands nothing. Times are monotonic milliseconds.
import type { HeardEvent } from "../speech/transcriber.ts";

const deafAfterMs = 8000;
/** A recogniser that finds speech by itself has to miss more than a cough; one that has understood before, much more. */
const missedMs = 1000;
const missedByAGoodOneMs = 4000;

export class Deafness {
  #since: number | undefined;
  #voicedMs = 0;
  #hasUnderstood = false;

  /** So much more voice of which the recogniser has said nothing. */
  voice(at: number, ms: number): void {
    this.#since ??= at;
    this.#voicedMs += ms;
  }

  heard(event: HeardEvent): void {
    if (event.type === "final" && event.text.trim() !== "") this.#hasUnderstood = true;
    this.#begin();
  }

  /** Another recogniser has to show first that it understands. */
  forget(): void {
    this.#hasUnderstood = false;
    this.#begin();
  }

  /** Once, when nothing came of it for long. `findsSpeech`: it need not say anything of what it takes for a noise. */
  isCertain(at: number, findsSpeech: boolean): boolean {
    if (this.#since === undefined || at - this.#since <= deafAfterMs) return false;
    const enoughMs = this.#hasUnderstood ? missedByAGoodOneMs : missedMs;
    const isDeaf = !findsSpeech || this.#voicedMs >= enoughMs;
    this.#begin();
    return isDeaf;
  }

  #begin(): void {
    this.#since = undefined;
    this.#voicedMs = 0;
  }
}
