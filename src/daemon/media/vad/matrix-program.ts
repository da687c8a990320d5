// Multiplies a matrix by a vector, four numbers at a time: a WebAssembly program, for JavaScript has no such instruction.

/** Rows that the program sums side by side. */
export const blockRows = 16;

/** Parameters, all of them places in the memory, then locals. */
const [input, inputEnd, weights, output, outputEnd, at, spread, sums] = [0, 1, 2, 3, 4, 5, 6, 7];
const sumCount = blockRows / 4;
const vectorBytes = 16;
const blockBytes = blockRows * 4;

const integer = 0x7f;
const vector = 0x7b;
const end = 0x0b;
const loop = [0x03, 0x40];
/** Back to the beginning of the innermost loop, when the number before is not zero. */
const repeat = [0x0d, 0x00];
const isLess = 0x49;
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const load = (offset: number): number[] => [0xfd, 0x00, 0x04, offset];
/** One number, four times. */
const loadSpread = [0xfd, 0x09, 0x02, 0x00];
const store = (offset: number): number[] => [0xfd, 0x0b, 0x04, offset];
const multiply = [0xfd, 0xe6, 0x01];
const add = [0xfd, 0xe4, 0x01];
const advance = (local: number, bytes: number): number[] =>
  [get(local), 0x41, (bytes & 0x7f) | 0x80, bytes >> 7, 0x6a, set(local)].flat();
const eachSum = (code: (sum: number, offset: number) => (number | number[])[]): number[] =>
  Array.from({ length: sumCount }, (_, n) => code(sums + n, n * vectorBytes).flat()).flat();

const body = [
  loop,
  eachSum((sum, offset) => [get(weights), load(offset), set(sum)]),
  advance(weights, blockBytes),
  [get(input), set(at)].flat(),
  loop,
  [get(at), loadSpread, set(spread)].flat(),
  eachSum((sum, offset) => [get(sum), get(spread), get(weights), load(offset), multiply, add, set(sum)]),
  advance(weights, blockBytes),
  advance(at, 4),
  [get(at), get(inputEnd), isLess, repeat, end].flat(),
  eachSum((sum, offset) => [get(output), get(sum), store(offset)]),
  advance(output, blockBytes),
  [get(output), get(outputEnd), isLess, repeat, end].flat(),
  end,
].flat();

const locals = [2, 1, integer, 1 + sumCount, vector];

/**
 * Exports its `memory` of so many pages of 64 KiB, and `multiply(input, inputEnd, weights, output, outputEnd)`.
 * The weights lie in blocks of rows: their biases, then what each input is multiplied by.
 */
export function matrixProgram(pages: number): Uint8Array {
  const bytes = [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(1, [1, 0x60, 5, integer, integer, integer, integer, integer, 0]),
    section(3, [1, 0]),
    section(5, [1, 0x00, pages]),
    section(7, [2, named("memory"), 0x02, 0, named("multiply"), 0x00, 0].flat()),
    section(10, [1, ...sized([...locals, ...body])]),
  ];
  return Uint8Array.from(bytes.flat());
}

function section(id: number, content: number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: number[]): number[] {
  return [(content.length & 0x7f) | 0x80, content.length >> 7, ...content];
}

function named(name: string): number[] {
  return [name.length, ...Buffer.from(name)];
}
