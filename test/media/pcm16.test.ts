import { expect, test } from "vitest";
import { Pcm16Reader } from "../../src/daemon/media/pcm16.ts";

const samples = Int16Array.of(0, 1, -1, 255, 256, -256, 32_767, -32_768, 0x1234);
const whole = new Uint8Array(samples.length * 2);
for (const [at, sample] of samples.entries()) new DataView(whole.buffer).setInt16(at * 2, sample, true);

test.each([1, 2, 3, 5, 7, whole.length])("no sample is torn or shifted when bytes come %i at a time", (size) => {
  const reader = new Pcm16Reader();
  const read: number[] = [];
  for (let at = 0; at < whole.length; at += size) read.push(...reader.push(whole.subarray(at, at + size)));
  expect(read).toEqual(Array.from(samples));
});

test("an empty piece does not lose the half sample before it", () => {
  const reader = new Pcm16Reader();
  expect(reader.push(Uint8Array.of(0x34))).toHaveLength(0);
  expect(reader.push(new Uint8Array(0))).toHaveLength(0);
  expect(Array.from(reader.push(Uint8Array.of(0x12)))).toEqual([0x1234]);
});

test("a stream may begin anywhere in its buffer", () => {
  const padded = new Uint8Array(whole.length + 1);
  padded.set(whole, 1);
  expect(Array.from(new Pcm16Reader().push(padded.subarray(1)))).toEqual(Array.from(samples));
});
