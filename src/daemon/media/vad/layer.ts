// One layer of a network: a matrix and a bias.
import { wholeBlocks, type Matrices } from "./matrices.ts";

/** Gives the next so many weights, in the memory of the matrices. */
export type NextWeights = (count: number) => Float32Array;

export class Layer {
  /** What the layer yields: a number for each row, then zeros to the end of the last block. */
  readonly output: Float32Array;
  readonly #matrices: Matrices;
  readonly #weights: Float32Array;

  constructor(matrices: Matrices, next: NextWeights, { rows, columns }: { rows: number; columns: number }) {
    this.#matrices = matrices;
    this.#weights = next(wholeBlocks(rows) * (1 + columns));
    this.output = matrices.take(wholeBlocks(rows));
  }

  /** Sets the output to matrix × input + bias; the input lies in the same memory. */
  apply(input: Float32Array): void {
    this.#matrices.multiply(input, this.#weights, this.output);
  }
}
