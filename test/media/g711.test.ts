import { expect, test } from "vitest";
import { alaw, alawToUlaw, ulaw, ulawToAlaw } from "../../src/daemon/media/g711.ts";
import { sunAlawDecode, sunAlawEncode, sunUlawDecode, sunUlawEncode } from "./g711-reference.ts";
import { ituAlawDecode, ituAlawEncode, ituUlawDecode, ituUlawEncode } from "./g711-reference.ts";

const everySample = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code);

function disagreements(
  ours: ArrayLike<number>,
  theirs: (input: number) => number,
  inputs: ArrayLike<number>,
): number[] {
  return Array.from(inputs).filter((input, i) => ours[i] !== theirs(input));
}

test("no µ-law code is another one than the classic implementation's", () => {
  expect(disagreements(ulaw.encode(everySample), sunUlawEncode, everySample)).toEqual([]);
  expect(disagreements(ulaw.decode(everyCode), sunUlawDecode, everyCode)).toEqual([]);
});

test("no A-law code is another one than the classic implementation's and the ITU's", () => {
  expect(disagreements(alaw.encode(everySample), sunAlawEncode, everySample)).toEqual([]);
  expect(disagreements(alaw.encode(everySample), ituAlawEncode, everySample)).toEqual([]);
  expect(disagreements(alaw.decode(everyCode), sunAlawDecode, everyCode)).toEqual([]);
  expect(disagreements(alaw.decode(everyCode), ituAlawDecode, everyCode)).toEqual([]);
});

test("µ-law differs from the ITU's only by one's complement: a negative sample is one further from zero", () => {
  expect(disagreements(ulaw.decode(everyCode), ituUlawDecode, everyCode)).toEqual([]);
  const shifted = (sample: number): number => ituUlawEncode(sample < 0 ? sample - 1 : sample);
  expect(disagreements(ulaw.encode(everySample), shifted, everySample)).toEqual([]);
});

test.each([
  { name: "µ-law", law: ulaw, zeros: [0x7f, 0xff] },
  { name: "A-law", law: alaw, zeros: [] },
])("$name gives back every code but the second zero", ({ law, zeros }) => {
  const again = law.encode(law.decode(everyCode));
  expect(Array.from(everyCode).filter((code) => again[code] !== code)).toEqual(zeros.slice(0, 1));
  for (const zero of zeros) expect(again[zero]).toBe(law.silence);
});

test("silence is what a line without sound carries", () => {
  expect([ulaw.silence, alaw.silence]).toEqual([0xff, 0xd5]);
  expect(Array.from(ulaw.encode(new Int16Array(2)))).toEqual([0xff, 0xff]);
  expect(Array.from(alaw.encode(new Int16Array(2)))).toEqual([0xd5, 0xd5]);
});

test("a line that changes its law keeps every level within half a step of the coarser law", () => {
  const [fromUlaw, fromAlaw] = [ulaw.decode(everyCode), alaw.decode(everyCode)];
  const [toAlaw, toUlaw] = [alaw.decode(ulawToAlaw(everyCode)), ulaw.decode(alawToUlaw(everyCode))];
  for (const code of everyCode) {
    for (const [before = 0, after = 0] of [
      [fromUlaw[code], toAlaw[code]],
      [fromAlaw[code], toUlaw[code]],
    ]) {
      expect(Math.abs(after - before)).toBeLessThanOrEqual(Math.max(8, Math.abs(before) / 32 + 4));
      if (Math.abs(before) > 8) expect(Math.sign(after)).toBe(Math.sign(before));
    }
  }
  expect(ulawToAlaw(Uint8Array.of(0xff))).toEqual(Uint8Array.of(alaw.silence));
});

test("a piece of nothing is nothing", () => {
  expect(ulaw.encode(new Int16Array(0))).toHaveLength(0);
  expect(ulaw.decode(new Uint8Array(0))).toHaveLength(0);
  expect(alawToUlaw(new Uint8Array(0))).toHaveLength(0);
});
