// The 8 kHz network of Silero VAD: from 256 samples and what it remembers, how probable it is that somebody speaks.
import { CallError } from "../../../call/error.ts";
import { Convolution } from "./convolution.ts";
import { Layer, type NextWeights } from "./layer.ts";
import { Matrices } from "./matrices.ts";

/** Samples in one step: 32 ms. */
export const stepSamples = 256;
/** Samples of the step before that the network sees again. */
export const contextSamples = 32;

const windowSize = 128;
const hop = 64;
const frames = 4;
const bins = 65;
const hidden = 128;
const shapes = [
  { inputs: bins, outputs: 128, frames, stride: 1 },
  { inputs: 128, outputs: 64, frames, stride: 2 },
  { inputs: 64, outputs: 64, frames: 2, stride: 2 },
  { inputs: 64, outputs: hidden, frames: 1, stride: 1 },
];
/** Bytes of all weights, as the layers want them. */
const size = 956_032;
/** Bytes of what goes in and out of the layers, and some to spare. */
const vectors = 30_000;

/** What the network remembers of one call. */
export class Memory {
  readonly hidden = new Float32Array(hidden);
  readonly cell = new Float32Array(hidden);

  clear(): void {
    this.hidden.fill(0);
    this.cell.fill(0);
  }
}

/** The weights, and scratch space that all calls use in turn. */
export class SpeechModel {
  readonly #fourier: Layer;
  readonly #convolutions: Convolution[];
  readonly #recurrent: Layer;
  readonly #output: Layer;
  /** The context, the step, and its end mirrored, so that the last window is whole. */
  readonly #wave: Float32Array;
  readonly #windows: Float32Array[];
  /** What the convolutions found, then the hidden state. */
  readonly #seen: Float32Array;
  readonly #found: Float32Array;

  /**
   * `weights`: the file that scripts/extract-vad-weights.ts writes.
   * @throws CallError when it is another one
   */
  constructor(weights: Uint8Array) {
    if (weights.byteLength !== size) throw wrongSize(weights.byteLength);
    const matrices = new Matrices(size + vectors);
    const all = matrices.take(size / 4);
    new Uint8Array(all.buffer, all.byteOffset, size).set(weights);
    let at = 0;
    const next: NextWeights = (count) => all.subarray(at, (at += count));
    this.#wave = matrices.take((frames - 1) * hop + windowSize);
    this.#windows = Array.from({ length: frames }, (_, t) => this.#wave.subarray(t * hop, t * hop + windowSize));
    this.#seen = matrices.take(2 * hidden);
    this.#found = this.#seen.subarray(0, hidden);
    this.#fourier = new Layer(matrices, next, { rows: 2 * bins, columns: windowSize });
    this.#convolutions = shapes.map((shape) => new Convolution(matrices, next, shape));
    this.#recurrent = new Layer(matrices, next, { rows: 4 * hidden, columns: 2 * hidden });
    this.#output = new Layer(matrices, next, { rows: 1, columns: hidden });
  }

  /** `samples`: context and step, between -1 and 1. Changes the memory. */
  probability(samples: Float32Array, memory: Memory): number {
    this.#wave.set(samples);
    const end = contextSamples + stepSamples;
    for (let i = 0; i < this.#wave.length - end; i++) this.#wave[end + i] = this.#wave[end - 2 - i] ?? 0;
    const [first] = this.#convolutions;
    for (const [t, window] of this.#windows.entries()) this.#transform(window, first?.frames[t] ?? this.#found);
    for (const [at, convolution] of this.#convolutions.entries()) {
      convolution.run(this.#convolutions[at + 1]?.frames ?? [this.#found]);
    }
    this.#seen.set(memory.hidden, hidden);
    this.#recurrent.apply(this.#seen);
    this.#remember(memory);
    for (let i = 0; i < hidden; i++) this.#found[i] = Math.max(0, memory.hidden[i] ?? 0);
    this.#output.apply(this.#found);
    return sigmoid(this.#output.output[0] ?? 0);
  }

  /** The magnitudes of a window's frequencies. */
  #transform(window: Float32Array, magnitudes: Float32Array): void {
    this.#fourier.apply(window);
    const spectrum = this.#fourier.output;
    for (let i = 0; i < bins; i++) magnitudes[i] = Math.sqrt((spectrum[i] ?? 0) ** 2 + (spectrum[bins + i] ?? 0) ** 2);
  }

  /** A long short-term memory, its gates in the order input, forget, cell, output. */
  #remember(memory: Memory): void {
    const gates = this.#recurrent.output;
    for (let i = 0; i < hidden; i++) {
      const kept = sigmoid(gates[hidden + i] ?? 0) * (memory.cell[i] ?? 0);
      const added = sigmoid(gates[i] ?? 0) * Math.tanh(gates[2 * hidden + i] ?? 0);
      memory.cell[i] = kept + added;
      memory.hidden[i] = sigmoid(gates[3 * hidden + i] ?? 0) * Math.tanh(kept + added);
    }
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function wrongSize(bytes: number): CallError {
  return new CallError("INTERNAL", `the weights of the voice detector have ${bytes} bytes, not ${size}`, {
    hint: "install the package again",
  });
}
