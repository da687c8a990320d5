// A carrier's end of a media stream in simulated time: plays what it is sent at its own pace, returns marks, obeys a clear.
import type { PlaybackLine } from "../../src/daemon/media/playback.ts";

type Entry = { audio: number } | { mark: string };

export class PlayingCarrier implements PlaybackLine {
  readonly maxAudioBytes = 16_000;
  /** Bytes that the caller has heard since the last `hear`. */
  heardBytes = 0;
  clears = 0;
  losesMarks = false;
  /** Milliseconds in which the caller heard nothing although more was to come. */
  silentMs = 0;
  readonly #buffer: Entry[] = [];
  readonly #returned: string[] = [];
  readonly #returnsAtClear: boolean;

  constructor({ returnsAtClear = true } = {}) {
    this.#returnsAtClear = returnsAtClear;
  }

  audio(bytes: Uint8Array): void {
    this.#buffer.push({ audio: bytes.length });
  }

  mark(name: string): void {
    this.#buffer.push({ mark: name });
  }

  clear(): void {
    this.clears++;
    const marks = this.#buffer.splice(0).flatMap((entry) => ("mark" in entry ? [entry.mark] : []));
    if (this.#returnsAtClear) this.#returned.push(...marks);
  }

  get bufferedMs(): number {
    return this.#buffer.reduce((total, entry) => total + ("audio" in entry ? entry.audio / 8 : 0), 0);
  }

  /** Plays for so long; the marks that came back, in order. */
  play(ms: number): string[] {
    let left = ms * 8;
    for (let next = this.#buffer[0]; next !== undefined; next = this.#buffer[0]) {
      if ("mark" in next) {
        this.#returned.push(next.mark);
        this.#buffer.shift();
        continue;
      }
      if (left === 0) break;
      const played = Math.min(left, next.audio);
      next.audio -= played;
      left -= played;
      this.heardBytes += played;
      if (next.audio === 0) this.#buffer.shift();
    }
    this.silentMs += left / 8;
    const returned = this.#returned.splice(0);
    return this.losesMarks ? [] : returned;
  }
}
