// G.711, the two companded codes of telephone audio (8,000 samples a second), as tables that are made once.

/** One of the two companding laws. */
export interface G711 {
  /** The code of a sample that is zero. */
  readonly silence: number;
  encode(samples: Int16Array): Uint8Array<ArrayBuffer>;
  decode(codes: Uint8Array): Int16Array<ArrayBuffer>;
}

/** Spoken in North America and Japan; `PCMU` on the wire. */
export const ulaw: G711 = codec(encodeUlaw, decodeUlaw);

/** Spoken everywhere else; `PCMA` on the wire. */
export const alaw: G711 = codec(encodeAlaw, decodeAlaw);

const alawOfUlaw = alaw.encode(ulaw.decode(everyCode()));
const ulawOfAlaw = ulaw.encode(alaw.decode(everyCode()));

export function ulawToAlaw(codes: Uint8Array): Uint8Array<ArrayBuffer> {
  return lookUp(alawOfUlaw, codes);
}

export function alawToUlaw(codes: Uint8Array): Uint8Array<ArrayBuffer> {
  return lookUp(ulawOfAlaw, codes);
}

function codec(encodeOne: (sample: number) => number, decodeOne: (code: number) => number): G711 {
  const levels = Int16Array.from({ length: 256 }, (_, code) => decodeOne(code));
  const codes = Uint8Array.from({ length: 65_536 }, (_, bits) => encodeOne((bits << 16) >> 16));
  return {
    silence: encodeOne(0),
    encode(samples) {
      const encoded = new Uint8Array(samples.length);
      for (let i = 0; i < samples.length; i++) encoded[i] = codes[(samples[i] ?? 0) & 0xffff] ?? 0;
      return encoded;
    },
    decode(bytes) {
      const samples = new Int16Array(bytes.length);
      for (let i = 0; i < bytes.length; i++) samples[i] = levels[bytes[i] ?? 0] ?? 0;
      return samples;
    },
  };
}

function lookUp(table: Uint8Array, codes: Uint8Array): Uint8Array<ArrayBuffer> {
  const found = new Uint8Array(codes.length);
  for (let i = 0; i < codes.length; i++) found[i] = table[codes[i] ?? 0] ?? 0;
  return found;
}

function everyCode(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => code);
}

/** Sign, segment (the exponent of the magnitude with its bias) and four bits of mantissa, all inverted on the wire. */
function encodeUlaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), 32_635) + 132;
  const segment = 24 - Math.clz32(magnitude);
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 15)) & 0xff;
}

function decodeUlaw(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return bits & 0x80 ? -magnitude : magnitude;
}

/** Thirteen bits in one's complement; the two lowest segments share a step; every other bit is inverted on the wire. */
function encodeAlaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const segment = Math.max(0, 28 - Math.clz32(magnitude));
  const mantissa = (magnitude >> Math.max(0, segment - 1)) & 15;
  return ((sample < 0 ? 0 : 0x80) | (segment << 4) | mantissa) ^ 0x55;
}

function decodeAlaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const low = ((bits & 15) << 4) + 8;
  const magnitude = segment === 0 ? low : (low + 256) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}
