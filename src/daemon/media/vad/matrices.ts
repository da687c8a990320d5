// The memory in which a network's weights and vectors lie, and the program that multiplies them.
import { blockRows, matrixProgram } from "./matrix-program.ts";

type Multiply = (...places: number[]) => void;

export class Matrices {
  readonly #memory: WebAssembly.Memory;
  readonly #multiply: Multiply;
  #used = 0;

  /** `room`: bytes of everything that will be taken. */
  constructor(room: number) {
    const program = new WebAssembly.Module(matrixProgram(Math.ceil(room / 65_536)));
    const { memory, multiply } = new WebAssembly.Instance(program, {}).exports;
    if (!(memory instanceof WebAssembly.Memory) || !isMultiply(multiply)) throw new Error("it is another program");
    this.#memory = memory;
    this.#multiply = multiply;
  }

  /** So many zeros, which begin on a whole vector. */
  take(count: number): Float32Array {
    const place = this.#used;
    this.#used += Math.ceil(count / 4) * 16;
    return new Float32Array(this.#memory.buffer, place, count);
  }

  /** All three lie in this memory. */
  multiply(input: Float32Array, weights: Float32Array, output: Float32Array): void {
    const inputEnd = input.byteOffset + input.byteLength;
    const outputEnd = output.byteOffset + output.byteLength;
    this.#multiply(input.byteOffset, inputEnd, weights.byteOffset, output.byteOffset, outputEnd);
  }
}

/** Rows as the program wants them: whole blocks. */
export function wholeBlocks(rows: number): number {
  return Math.ceil(rows / blockRows) * blockRows;
}

function isMultiply(value: unknown): value is Multiply {
  return typeof value === "function";
}
