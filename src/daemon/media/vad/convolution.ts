// A convolution over time of three frames each, with the negative parts of what it finds cut off.
import { Layer } from "./layer.ts";

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

  /** `take` gives the next so many weights. */
  constructor(take: (count: number) => Float32Array, { inputs, outputs, frames, stride }: ConvolutionShape) {
    const buffer = new Float32Array((frames + reach - 1) * inputs);
    this.frames = Array.from({ length: frames }, (_, t) => buffer.subarray((t + 1) * inputs, (t + 2) * inputs));
    this.#windows = Array.from({ length: Math.ceil(frames / stride) }, (_, t) =>
      buffer.subarray(t * stride * inputs, (t * stride + reach) * inputs),
    );
    const matrix = byFrame(take(outputs * inputs * reach), inputs);
    this.#layer = new Layer(matrix, take(outputs));
  }

  run(outputs: Float32Array[]): void {
    for (const [t, window] of this.#windows.entries()) {
      const output = outputs[t] ?? this.#layer.output;
      this.#layer.apply(window);
      for (let i = 0; i < output.length; i++) output[i] = Math.max(0, this.#layer.output[i] ?? 0);
    }
  }
}

/** The weights of a row come input by input; a window lies frame by frame. */
function byFrame(weights: Float32Array, inputs: number): Float32Array {
  const columns = inputs * reach;
  return weights.map((_, at) => {
    const column = at % columns;
    return weights[at - column + (column % inputs) * reach + Math.floor(column / inputs)] ?? 0;
  });
}
