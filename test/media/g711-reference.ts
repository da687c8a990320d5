// Two independent writings of G.711 to test against: Sun Microsystems' g711.c and the ITU's software tool library.

const ulawEnds = [0xff, 0x1ff, 0x3ff, 0x7ff, 0xfff, 0x1fff, 0x3fff, 0x7fff];
const alawEnds = [0x1f, 0x3f, 0x7f, 0xff, 0x1ff, 0x3ff, 0x7ff, 0xfff];

export function sunUlawEncode(sample: number): number {
  const mask = sample < 0 ? 0x7f : 0xff;
  const value = Math.min(sample < 0 ? -sample : sample, 32_635) + 0x84;
  const segment = ulawEnds.findIndex((end) => value <= end);
  if (segment < 0) return 0x7f ^ mask;
  return ((segment << 4) | ((value >> (segment + 3)) & 0xf)) ^ mask;
}

export function sunUlawDecode(code: number): number {
  const inverted = ~code & 0xff;
  const level = (((inverted & 0xf) << 3) + 0x84) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? 0x84 - level : level - 0x84;
}

export function sunAlawEncode(sample: number): number {
  const shifted = sample >> 3;
  const mask = shifted >= 0 ? 0xd5 : 0x55;
  const value = shifted >= 0 ? shifted : -shifted - 1;
  const segment = alawEnds.findIndex((end) => value <= end);
  if (segment < 0) return 0x7f ^ mask;
  return ((segment << 4) | ((value >> (segment < 2 ? 1 : segment)) & 0xf)) ^ mask;
}

export function sunAlawDecode(code: number): number {
  const plain = code ^ 0x55;
  const segment = (plain & 0x70) >> 4;
  let level = (plain & 0xf) << 4;
  if (segment === 0) level += 8;
  else if (segment === 1) level += 0x108;
  else level = (level + 0x108) << (segment - 1);
  return plain & 0x80 ? level : -level;
}

export function ituUlawEncode(sample: number): number {
  const magnitude = Math.min(((sample < 0 ? ~sample : sample) >> 2) + 33, 0x1fff);
  let segment = 1;
  for (let left = magnitude >> 6; left !== 0; left >>= 1) segment++;
  const code = ((8 - segment) << 4) | (0xf - ((magnitude >> segment) & 0xf));
  return sample >= 0 ? code | 0x80 : code;
}

export function ituUlawDecode(code: number): number {
  const sign = code < 0x80 ? -1 : 1;
  const exponent = (~code >> 4) & 0x7;
  const step = 4 << (exponent + 1);
  return sign * ((0x80 << exponent) + step * (~code & 0xf) + step / 2 - 4 * 33) + 0;
}

export function ituAlawEncode(sample: number): number {
  let mantissa = (sample < 0 ? ~sample : sample) >> 4;
  if (mantissa > 15) {
    let exponent = 1;
    for (; mantissa > 31; mantissa >>= 1) exponent++;
    mantissa = mantissa - 16 + (exponent << 4);
  }
  return (sample >= 0 ? mantissa | 0x80 : mantissa) ^ 0x55;
}

export function ituAlawDecode(code: number): number {
  const plain = (code ^ 0x55) & 0x7f;
  const exponent = plain >> 4;
  let level = ((plain & 0xf) + (exponent > 0 ? 16 : 0)) * 16 + 8;
  if (exponent > 1) level <<= exponent - 1;
  return code > 127 ? level : -level;
}
