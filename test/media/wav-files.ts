// Writes WAV files of any kind, the wrong ones included.

export interface WavParts {
  format?: number;
  channels?: number;
  sampleRate?: number;
  bits?: number;
  /** More bytes of the format, after its usual sixteen. */
  extension?: Buffer;
  sound: Buffer;
  /** What the file says that its sound has, in bytes. */
  claimed?: number;
  /** A part before the sound that nobody asked for. */
  before?: Buffer;
}

export function wavFile(parts: WavParts): Buffer {
  const { format = 1, channels = 1, sampleRate = 8000, bits = 16, extension = Buffer.alloc(0), sound } = parts;
  const head = Buffer.alloc(16);
  head.writeUInt16LE(format, 0);
  head.writeUInt16LE(channels, 2);
  head.writeUInt32LE(sampleRate, 4);
  head.writeUInt32LE((sampleRate * channels * bits) / 8, 8);
  head.writeUInt16LE((channels * bits) / 8, 12);
  head.writeUInt16LE(bits, 14);
  const { before, claimed = sound.length } = parts;
  const body = Buffer.concat([
    Buffer.from("WAVE"),
    chunk("fmt ", Buffer.concat([head, extension])),
    ...(before === undefined ? [] : [chunk("LIST", before)]),
    chunk("data", sound, claimed),
  ]);
  return chunk("RIFF", body);
}

export function chunk(tag: string, bytes: Buffer, claimed = bytes.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(tag, "latin1");
  head.writeUInt32LE(claimed, 4);
  return Buffer.concat([head, bytes, Buffer.alloc(bytes.length % 2)]);
}

export function pcm16(samples: number[]): Buffer {
  const bytes = Buffer.alloc(samples.length * 2);
  for (const [at, sample] of samples.entries()) bytes.writeInt16LE(sample, at * 2);
  return bytes;
}
