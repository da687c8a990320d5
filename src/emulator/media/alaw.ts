// G.711 from one law to the other, for carriers whose leg happens to speak A-law: by way of linear samples, from the standard's text.

/** µ-law (G.711 table 2): the sample that a byte stands for. */
function fromUlaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4);
  return (bits & 0x80) === 0 ? magnitude - 0x84 : 0x84 - magnitude;
}

/** A-law (G.711 table 1): the sample that a byte stands for. */
function fromAlaw(byte: number): number {
  const bits = byte ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const step = (bits & 0x0f) << 4;
  const magnitude = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}

/** For each byte of the one law the byte of the other that stands for the nearest sample; of two, that of the positive one. */
function nearest(from: (byte: number) => number, to: (byte: number) => number): Uint8Array {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return Uint8Array.from(bytes, (byte) => {
    const sample = from(byte);
    return bytes.reduce((best, other) => (Math.abs(to(other) - sample) <= Math.abs(to(best) - sample) ? other : best));
  });
}

const TO_ALAW = nearest(fromUlaw, fromAlaw);
const TO_ULAW = nearest(fromAlaw, fromUlaw);

export function alawOf(ulaw: Uint8Array): Uint8Array {
  return ulaw.map((byte) => TO_ALAW[byte] ?? 0);
}

export function ulawOf(alaw: Uint8Array): Uint8Array {
  return alaw.map((byte) => TO_ULAW[byte] ?? 0);
}
