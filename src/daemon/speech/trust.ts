// How far a voice is trusted: one that failed rests for a while, longer each time, and is then tried by one sentence.
import type { CallError } from "../../call/error.ts";

const firstRestMs = 5000;
/** What a person must mend is not mended in seconds. */
const firstRestUntilMendedMs = 60_000;
const longestRestMs = 300_000;

/** What is wrong with a voice, for `health`. */
export interface VoiceProblem {
  voice: string;
  message: string;
  hint?: string;
  /** Epoch ms of the first failure since it last spoke. */
  since: number;
  /** Epoch ms; until then other voices speak in its place. */
  restsUntil: number;
}

export class Trust {
  readonly #voice: string;
  #failures = 0;
  #problem: VoiceProblem | undefined;
  #onTrial = false;

  constructor(voice: string) {
    this.#voice = voice;
  }

  get problem(): VoiceProblem | undefined {
    return this.#problem;
  }

  /** Whether it may speak now. */
  ready(now: number): boolean {
    return this.#problem === undefined || (now >= this.#problem.restsUntil && !this.#onTrial);
  }

  /** It begins to speak: when it had failed before, no other sentence tries it meanwhile. */
  begins(): void {
    this.#onTrial = this.#problem !== undefined;
  }

  /** Neither spoke nor failed: it was stopped. */
  stopped(): void {
    this.#onTrial = false;
  }

  /** True when it had failed before. */
  spoke(): boolean {
    const recovered = this.#problem !== undefined;
    this.#failures = 0;
    this.#onTrial = false;
    this.#problem = undefined;
    return recovered;
  }

  /** True when it had not failed before. */
  failed(error: CallError, now: number): boolean {
    const known = this.#problem;
    const first = error.hint === undefined ? firstRestMs : firstRestUntilMendedMs;
    const restMs = Math.min(longestRestMs, first * 2 ** this.#failures);
    this.#failures++;
    this.#onTrial = false;
    this.#problem = {
      voice: this.#voice,
      message: error.message,
      ...(error.hint !== undefined && { hint: error.hint }),
      since: known?.since ?? now,
      restsUntil: now + restMs,
    };
    return known === undefined;
  }
}
