// Says of one call's audio, 32 ms at a time, how probable it is that somebody speaks.
import { contextSamples, Memory, stepSamples, type SpeechModel } from "./model.ts";

/** A quieter step (root mean square, of 32,768) holds no speech and is not worth the network's time. */
const quietest = 40;

export class VoiceDetector {
  readonly #model: SpeechModel;
  readonly #memory = new Memory();
  /** The end of the step before, then what has come of the next one. */
  readonly #samples = new Float32Array(contextSamples + stepSamples);
  #filled = 0;
  #power = 0;

  constructor(model: SpeechModel) {
    this.#model = model;
  }

  /** Samples at 8 kHz, as many as there are; a probability for each step that they complete. */
  push(samples: Int16Array): number[] {
    const found: number[] = [];
    for (let n = 0; n < samples.length; n++) {
      const sample = samples[n] ?? 0;
      this.#samples[contextSamples + this.#filled] = sample / 32_768;
      this.#power += sample * sample;
      this.#filled += 1;
      if (this.#filled === stepSamples) found.push(this.#step());
    }
    return found;
  }

  /** Forgets what it heard, as if the call began now. */
  reset(): void {
    this.#memory.clear();
    this.#samples.fill(0);
    this.#filled = 0;
    this.#power = 0;
  }

  #step(): number {
    const loud = this.#power >= stepSamples * quietest ** 2;
    const probability = loud ? this.#model.probability(this.#samples, this.#memory) : 0;
    this.#samples.copyWithin(0, stepSamples);
    this.#filled = 0;
    this.#power = 0;
    return probability;
  }
}
