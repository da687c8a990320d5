// The head of a WAV stream, as far as it has come: where its samples begin and what they are.

export interface WavHead {
  rateHz: number;
  channels: number;
  encoding: "pcm16" | "ulaw" | "other";
  /** Where the samples begin and, when the head tells, end. */
  from: number;
  until: number;
}

/** Written by a server that does not know yet how long it will speak. */
const unknownSizes = [0, 0xff_ff_ff_ff];
const extensible = 0xff_fe;

export function isWav(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 4) === "RIFF";
}

/** Undefined while the chunk with the samples has not begun. */
export function wavHeadOf(bytes: Buffer): WavHead | undefined {
  let format = { encoding: 0, channels: 1, rateHz: 0, bits: 0 };
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = bytes.toString("latin1", at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const from = at + 8;
    if (name === "data") {
      const { encoding, bits } = format;
      const kind = encoding === 1 && bits === 16 ? "pcm16" : encoding === 7 && bits === 8 ? "ulaw" : "other";
      const until = unknownSizes.includes(size) || size > 0x7f_ff_00_00 ? Number.POSITIVE_INFINITY : from + size;
      return { rateHz: format.rateHz, channels: format.channels, encoding: kind, from, until };
    }
    if (name === "fmt " && from + 16 <= bytes.length) format = formatAt(bytes, from, size);
    at = from + size + (size % 2);
  }
  return undefined;
}

function formatAt(
  bytes: Buffer,
  at: number,
  size: number,
): Record<"encoding" | "channels" | "rateHz" | "bits", number> {
  const code = bytes.readUInt16LE(at);
  return {
    // The sub-format's first two bytes are the code that this one stands for.
    encoding: code === extensible && size >= 26 && at + 26 <= bytes.length ? bytes.readUInt16LE(at + 24) : code,
    channels: bytes.readUInt16LE(at + 2),
    rateHz: bytes.readUInt32LE(at + 4),
    bits: bytes.readUInt16LE(at + 14),
  };
}
