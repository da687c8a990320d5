// G.711 µ-law as the emulated services make and take it.

/** One byte a sample. */
export function encodeUlaw(samples: Int16Array): Uint8Array {
  return Uint8Array.from(samples, codeOf);
}

export function decodeUlaw(codes: Uint8Array): Int16Array {
  return Int16Array.from(codes, sampleOf);
}

function codeOf(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), 32_635) + 132;
  const segment = 24 - Math.clz32(magnitude);
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 15)) & 0xff;
}

function sampleOf(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return bits & 0x80 ? -magnitude : magnitude;
}
