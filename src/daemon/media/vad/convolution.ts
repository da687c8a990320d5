// A convolution over time of three frames each, with the negative parts of what it finds cut off.
import { Layer, type NextWeights } from "./layer.ts";
import type { Matrices } from "./matrices.ts";

const reach = 3;

export interface ConvolutionShape {
  inputs: number;
  outputs: number;
  /** Frames that go in; every `stride`th is the middle of a window. */
  frames: number;
  stride: number;
}

export class Convolution {
  /** Where the input goes: views of one buffer, which has a frame of zeros at each end. */
  readonly frames: Float32Array[];
  readonly #windows: Float32Array[];
  readonly #layer: Layer;

  constructor(matrices: Matrices, next: NextWeights, { inputs, outputs, frames, stride }: ConvolutionShape) {
    const buffer = matrices.take((frames + reach - 1) * inputs);
    this.frames = Array.from({ length: frames }, (_, t) => buffer.subarray((t + 1) * inputs, (t + 2) * inputs));
    this.#windows = Array.from({ length: Math.ceil(frames / stride) }, (_, t) =>
      buffer.subarray(t * stride * inputs, (t * stride + reach) * inputs),
    );
    this.#layer = new Layer(matrices, next, { rows: outputs, columns: reach * inputs });
  }

  run(outputs: Float32Array[]): void {
    const found = this.#layer.output;
    for (const [t, window] of this.#windows.entries()) {
      const output = outputs[t] ?? found;
      this.#layer.apply(window);
      for (let i = 0; i < output.length; i++) output[i] = Math.max(0, found[i] ?? 0);
    }
  }
}
