// WebSocket frames at little cost to a generator: whole text messages out, and the lengths and texts of what comes in.

/** A text frame. `masked`: a client's, with a mask of zeros, which leaves the text as it is. */
export function textFrame(text: string, masked: boolean): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : 4;
  const frame = Buffer.alloc(head + (masked ? 4 : 0) + length);
  const maskBit = masked ? 0x80 : 0;
  frame[0] = 0x81;
  if (length < 126) frame[1] = maskBit | length;
  else {
    frame[1] = maskBit | 126;
    frame.writeUInt16BE(length, 2);
  }
  frame.write(text, frame.length - length);
  return frame;
}

export interface IncomingFrame {
  opcode: number;
  /** As it came: a client's is still masked. */
  payload: Buffer;
}

interface FramePlace {
  opcode: number;
  from: number;
  end: number;
}

/** Splits a stream of bytes into frames. */
export class FrameReader {
  #rest: Buffer | undefined;

  *push(chunk: Buffer): Generator<IncomingFrame, void> {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let at = 0;
    for (let place = placeOf(bytes, at); place !== undefined && place.end <= bytes.length; place = placeOf(bytes, at)) {
      yield { opcode: place.opcode, payload: bytes.subarray(place.from, place.end) };
      at = place.end;
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }
}

/** Where the frame that begins at `at` lies; undefined while its head is not whole. */
function placeOf(bytes: Buffer, at: number): FramePlace | undefined {
  const head = headLength(bytes, at);
  if (bytes.length - at < head) return undefined;
  const code = (bytes[at + 1] ?? 0) & 0x7f;
  const length = code < 126 ? code : code === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  return { opcode: (bytes[at] ?? 0) & 0x0f, from: at + head, end: at + head + length };
}

function headLength(bytes: Buffer, at: number): number {
  const second = bytes[at + 1];
  if (second === undefined) return 2;
  const code = second & 0x7f;
  return 2 + (code === 126 ? 2 : code === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : 4);
}
