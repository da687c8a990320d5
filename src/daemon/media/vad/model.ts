// The 8 kHz network of Silero VAD: from 256 samples and what it remembers, how probable it is that somebody speaks.
import { CallError } from "../../../call/error.ts";
import { Convolution } from "./convolution.ts";
import { Layer } from "./layer.ts";

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
/** Bytes of all weights as 32-bit floats. */
const size = 942_596;

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
  readonly #wave = new Float32Array((frames - 1) * hop + windowSize);
  readonly #windows: Float32Array[];
  /** What the convolutions found, then the hidden state. */
  readonly #seen = new Float32Array(2 * hidden);
  readonly #found = this.#seen.subarray(0, hidden);

  /**
   * `weights`: the file that scripts/extract-vad-weights.ts writes.
   * @throws CallError when it is another one
   */
  constructor(weights: Uint8Array) {
    const take = reader(weights);
    this.#windows = Array.from({ length: frames }, (_, t) => this.#wave.subarray(t * hop, t * hop + windowSize));
    this.#fourier = new Layer(take(2 * bins * windowSize), new Float32Array(2 * bins));
    this.#convolutions = shapes.map((shape) => new Convolution(take, shape));
    const matrix = sideBySide(take(4 * hidden * hidden), take(4 * hidden * hidden));
    const [inputBias, hiddenBias] = [take(4 * hidden), take(4 * hidden)];
    const bias = inputBias.map((value, at) => value + (hiddenBias[at] ?? 0));
    this.#recurrent = new Layer(matrix, bias);
    this.#output = new Layer(take(hidden), take(1));
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

/** Gives the weights one part after the other. */
function reader(weights: Uint8Array): (count: number) => Float32Array {
  if (weights.byteLength !== size) {
    throw new CallError("INTERNAL", `the weights of the voice detector have ${weights.byteLength} bytes, not ${size}`, {
      hint: "install the package again",
    });
  }
  // A copy, because a file's buffer may begin anywhere in its pool.
  const all = new Float32Array(weights.slice().buffer);
  let at = 0;
  return (count) => all.subarray(at, (at += count));
}

/** Two square matrices over as many rows as one wide one. */
function sideBySide(left: Float32Array, right: Float32Array): Float32Array {
  const wide = new Float32Array(left.length + right.length);
  for (let row = 0; row * hidden < left.length; row++) {
    wide.set(left.subarray(row * hidden, (row + 1) * hidden), row * 2 * hidden);
    wide.set(right.subarray(row * hidden, (row + 1) * hidden), (row * 2 + 1) * hidden);
  }
  return wide;
}
