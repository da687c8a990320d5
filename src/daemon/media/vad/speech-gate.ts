// Makes beginnings and ends of speech of the detector's probabilities, so that neither a click nor a pause counts.
import { stepSamples } from "./model.ts";

/** Both ways are apart, so that speech at the edge does not flutter. */
const speech = 0.5;
const silence = 0.35;
const leastSpeechSteps = 2;
/** Between the syllables of one word. */
const dipSamples = 3 * stepSamples;
const samplesPerMs = 8;

export interface SpeechGateOptions {
  /** Speech that has gone on for so long has begun; a shorter sound never did. */
  onsetMs?: number;
  /** Silence that has gone on for so long is the end. */
  silenceMs: number;
}

/** `at`: where it happened, in samples since the first step; it is known only after the time of the options. */
export interface SpeechEdge {
  kind: "start" | "end";
  at: number;
}

export class SpeechGate {
  readonly #onsetSamples: number;
  readonly #silenceSamples: number;
  #now = 0;
  #speaking = false;
  /** Where speech may have begun. */
  #since: number | undefined;
  #speechSteps = 0;
  /** Where silence began. */
  #quietSince: number | undefined;

  constructor({ onsetMs = 250, silenceMs }: SpeechGateOptions) {
    this.#onsetSamples = onsetMs * samplesPerMs;
    this.#silenceSamples = silenceMs * samplesPerMs;
  }

  /** Whether speech has begun and has not ended. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** The next step's probability. */
  push(probability: number): SpeechEdge | undefined {
    const start = this.#now;
    this.#now += stepSamples;
    if (probability >= speech) this.#quietSince = undefined;
    else if (probability < silence) this.#quietSince ??= start;
    return this.#speaking ? this.#listenForEnd() : this.#listenForStart(start, probability);
  }

  reset(): void {
    this.#now = 0;
    this.#speaking = false;
    this.#giveUp();
    this.#quietSince = undefined;
  }

  #listenForStart(start: number, probability: number): SpeechEdge | undefined {
    if (probability >= speech) {
      this.#since ??= start;
      this.#speechSteps += 1;
    }
    if (this.#quietFor() >= dipSamples) this.#giveUp();
    if (this.#since === undefined || this.#speechSteps < leastSpeechSteps || this.#quietFor() > 0) return undefined;
    const samples = this.#now - this.#since;
    // Clicks that follow each other are mostly gap.
    if (samples < this.#onsetSamples || this.#speechSteps * stepSamples * 2 < samples) return undefined;
    const edge: SpeechEdge = { kind: "start", at: this.#since };
    this.#speaking = true;
    this.#giveUp();
    return edge;
  }

  #listenForEnd(): SpeechEdge | undefined {
    if (this.#quietSince === undefined || this.#quietFor() < this.#silenceSamples) return undefined;
    this.#speaking = false;
    return { kind: "end", at: this.#quietSince };
  }

  #quietFor(): number {
    return this.#quietSince === undefined ? 0 : this.#now - this.#quietSince;
  }

  #giveUp(): void {
    this.#since = undefined;
    this.#speechSteps = 0;
  }
}
