// Says of one call's audio, 32 ms at a time, how probable it is that somebody speaks.
import { ulaw } from "../g711.ts";
import { contextSamples, Memory, stepSamples, type SpeechModel } from "./model.ts";

/** A quieter step (root mean square, of 32,768) holds no speech and is not worth the network's time. */
const quietest = 40;
const levels = ulaw.decode(Uint8Array.from({ length: 256 }, (_, code) => code));
/** Of each code of µ-law: what the network takes, and its power. */
const waves = Float32Array.from(levels, (level) => level / 32_768);
const powers = Float64Array.from(levels, (level) => level * level);

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

  /** µ-law at 8 kHz, as much as there is; a probability for each step that it completes. */
  push(codes: Uint8Array): number[] {
    const found: number[] = [];
    for (let from = 0; from < codes.length;) {
      const end = Math.min(codes.length, from + stepSamples - this.#filled);
      this.#fill(codes, from, end);
      from = end;
      if (this.#filled === stepSamples) found.push(this.#step());
    }
    return found;
  }

  #fill(codes: Uint8Array, from: number, end: number): void {
    let at = contextSamples + this.#filled;
    let power = 0;
    for (let n = from; n < end; n++) {
      const code = codes[n] ?? 0;
      this.#samples[at++] = waves[code] ?? 0;
      power += powers[code] ?? 0;
    }
    this.#filled += end - from;
    this.#power += power;
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
