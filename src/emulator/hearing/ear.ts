// An emulated recogniser's ear: finds speech in G.711 by its energy, in the time of the audio itself.
import { decodeUlaw } from "../speech/ulaw.ts";

export interface EarOptions {
  /** Silence that ends a turn. */
  readonly silenceMs: number;
  /** Mean absolute amplitude (of 32768) from which 20 ms count as speech. */
  readonly loudness: number;
}

export interface Sound {
  readonly type: "started" | "going-on" | "stopped";
  /** Milliseconds of audio since the ear was opened. */
  readonly atMs: number;
}

const WINDOW_BYTES = 160;
const WINDOW_MS = 20;
/** One loud window alone is a click. */
const ONSET_WINDOWS = 2;

const magnitudes = Uint16Array.from(decodeUlaw(Uint8Array.from({ length: 256 }, (_, code) => code)), Math.abs);

/** Takes µ-law in pieces of any length and tells of speech. */
export class Ear {
  readonly #options: EarOptions;
  readonly #tell: (sound: Sound) => void;
  #atMs = 0;
  #sum = 0;
  #filled = 0;
  #loudWindows = 0;
  #quietMs = 0;
  #speaking = false;

  constructor(options: EarOptions, tell: (sound: Sound) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  get atMs(): number {
    return this.#atMs + Math.floor(this.#filled / 8);
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  take(ulaw: Uint8Array): void {
    for (const code of ulaw) {
      this.#sum += magnitudes[code] ?? 0;
      this.#filled += 1;
      if (this.#filled === WINDOW_BYTES) this.#window();
    }
  }

  /** What was going on is over, whatever follows. */
  reset(): void {
    this.#speaking = false;
    this.#loudWindows = 0;
  }

  #window(): void {
    const loud = this.#sum / WINDOW_BYTES >= this.#options.loudness;
    this.#sum = 0;
    this.#filled = 0;
    this.#atMs += WINDOW_MS;
    this.#loudWindows = loud ? this.#loudWindows + 1 : 0;
    this.#quietMs = loud ? 0 : this.#quietMs + WINDOW_MS;
    if (!this.#speaking) {
      if (this.#loudWindows >= ONSET_WINDOWS) this.#turn(true);
    } else if (this.#quietMs >= this.#options.silenceMs) {
      this.#turn(false);
    } else {
      this.#tell({ type: "going-on", atMs: this.#atMs });
    }
  }

  #turn(speaking: boolean): void {
    this.#speaking = speaking;
    this.#tell({ type: speaking ? "started" : "stopped", atMs: this.#atMs });
  }
}
