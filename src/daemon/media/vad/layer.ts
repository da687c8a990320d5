// One layer of a network: a matrix and a bias, laid out for a fast loop over the inputs that are not zero.

export class Layer {
  /** What the layer yields: a number for each bias. */
  readonly output: Float32Array;
  /** Column by column: what one input adds to every output lies together. */
  readonly #weights: Float32Array;
  readonly #bias: Float32Array;
  /** The inputs that are not zero (about half of what a network passes on), and where their columns begin. */
  readonly #inputs: Float64Array;
  readonly #columns: Int32Array;

  /** `matrix`: row by row, as many rows as there are biases. */
  constructor(matrix: Float32Array, bias: Float32Array) {
    const rows = bias.length;
    const columns = matrix.length / rows;
    this.#weights = matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)] ?? 0);
    this.#bias = bias;
    this.#inputs = new Float64Array(columns + 2);
    this.#columns = new Int32Array(columns + 2);
    this.output = new Float32Array(rows);
  }

  /** Sets the output to matrix × input + bias. */
  apply(input: Float32Array): void {
    const count = this.#gather(input);
    this.output.set(this.#bias);
    // Three at a time, or loading and storing the outputs would be most of the work.
    for (let n = 0; n < count; n += 3) this.#addThree(n);
  }

  #gather(input: Float32Array): number {
    const rows = this.output.length;
    let count = 0;
    for (let column = 0; column < input.length; column++) {
      const value = input[column] ?? 0;
      if (value === 0) continue;
      this.#inputs[count] = value;
      this.#columns[count] = column * rows;
      count++;
    }
    // The last three are filled up with what changes nothing.
    this.#inputs.fill(0, count, count + 2);
    return count;
  }

  #addThree(n: number): void {
    const weights = this.#weights;
    const output = this.output;
    const x = this.#inputs[n] ?? 0;
    const y = this.#inputs[n + 1] ?? 0;
    const z = this.#inputs[n + 2] ?? 0;
    let a = this.#columns[n] ?? 0;
    let b = this.#columns[n + 1] ?? 0;
    let c = this.#columns[n + 2] ?? 0;
    for (let row = 0; row < output.length; row++) {
      const sum = x * (weights[a++] ?? 0) + y * (weights[b++] ?? 0) + z * (weights[c++] ?? 0);
      output[row] = (output[row] ?? 0) + sum;
    }
  }
}
