import fc from "fast-check";
import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { readWav, wavForLine } from "../../src/daemon/media/wav.ts";
import { chunk, pcm16, wavFile } from "./wav-files.ts";

const samples = [0, 1000, -1000, 32_767, -32_768];

test("16-bit samples come back as they are", () => {
  const sound = readWav(wavFile({ sampleRate: 22_050, sound: pcm16(samples) }));
  expect(sound).toEqual({ sampleRate: 22_050, samples: Int16Array.from(samples) });
});

test.each([
  { name: "8-bit", parts: { bits: 8, sound: Buffer.from([128, 255, 0]) }, expected: [0, 32_512, -32_768] },
  { name: "24-bit", parts: { bits: 24, sound: Buffer.from([0, 0, 64, 0, 0, 192]) }, expected: [16_384, -16_384] },
  { name: "32-bit", parts: { bits: 32, sound: Buffer.from([0, 0, 0, 64]) }, expected: [16_384] },
  { name: "float", parts: { format: 3, bits: 32, sound: floats(0.5, -1, 3) }, expected: [16_384, -32_768, 32_767] },
  {
    name: "µ-law",
    parts: { format: 7, bits: 8, sound: Buffer.from([0xff, 0x80, 0x00]) },
    expected: [0, 32_124, -32_124],
  },
  {
    name: "A-law",
    parts: { format: 6, bits: 8, sound: Buffer.from([0xd5, 0xaa, 0x2a]) },
    expected: [8, 32_256, -32_256],
  },
])("$name is read on the same scale", ({ parts, expected }) => {
  expect(Array.from(readWav(wavFile(parts)).samples)).toEqual(expected);
});

test("the channels are mixed, not played one after the other", () => {
  const file = wavFile({ channels: 2, sound: pcm16([1000, 3000, -32_768, -32_768, 32_767, -32_767]) });
  expect(Array.from(readWav(file).samples)).toEqual([2000, -32_768, 0]);
});

test("the format of an extensible file is the one in its extension", () => {
  const extension = Buffer.concat([Buffer.from([22, 0, 16, 0, 4, 0, 0, 0, 1, 0]), Buffer.alloc(14)]);
  const file = wavFile({ format: 0xfffe, extension, sound: pcm16(samples) });
  expect(Array.from(readWav(file).samples)).toEqual(samples);
});

test.each([0, 0xffff_ffff, 0x7fff_ffff, 1000])("a stream that claims %i bytes is read to its end", (claimed) => {
  const file = wavFile({ sound: pcm16(samples), claimed });
  expect(Array.from(readWav(file).samples)).toEqual(samples);
});

test("parts that are not sound are stepped over, of odd length as well", () => {
  const file = wavFile({ sound: pcm16(samples), before: Buffer.from("odd") });
  expect(Array.from(readWav(file).samples)).toEqual(samples);
});

test("a file inside a larger buffer is read from where it begins", () => {
  const padded = Buffer.concat([Buffer.from("x"), wavFile({ sound: pcm16(samples) })]);
  expect(Array.from(readWav(padded.subarray(1)).samples)).toEqual(samples);
});

const good = wavFile({ sound: pcm16(samples) });

test.each([
  { name: "nothing", file: Buffer.alloc(0), says: "does not begin as a WAV file" },
  { name: "an MP3", file: Buffer.from("ID3 and so on, and so on"), says: "does not begin as a WAV file" },
  { name: "a JSON refusal", file: Buffer.from('{"error":{"message":"no"}}'), says: "does not begin as a WAV file" },
  { name: "a head alone", file: good.subarray(0, 12), says: "has no format" },
  { name: "half a format", file: good.subarray(0, 30), says: "format is cut off" },
  { name: "no sound", file: good.subarray(0, 36), says: "has no sound" },
  { name: "ADPCM", file: wavFile({ format: 2, bits: 4, sound: Buffer.alloc(8) }), says: "format 2 with 4 bits" },
  { name: "12 bits", file: wavFile({ bits: 12, sound: Buffer.alloc(8) }), says: "format 1 with 12 bits" },
  { name: "no channel", file: wavFile({ channels: 0, sound: Buffer.alloc(8) }), says: "0 channels" },
  { name: "many channels", file: wavFile({ channels: 999, sound: Buffer.alloc(8) }), says: "999 channels" },
  { name: "no rate", file: wavFile({ sampleRate: 0, sound: Buffer.alloc(8) }), says: "rate is 0 Hz" },
  {
    name: "sound before its format",
    file: chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), chunk("data", Buffer.alloc(4))])),
    says: "before its format",
  },
])("$name is refused with what is wrong", ({ file, says }) => {
  const refusal = caught(() => readWav(file));
  expect(refusal).toMatchObject({ code: "INVALID_INPUT" });
  expect(refusal.message).toContain(says);
});

test("no damage makes the reader throw anything but its refusal", () => {
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(damage, fc.nat(good.length), (changes, length) => {
      const file = Buffer.from(good);
      for (const [at, byte] of changes) file[at] = byte;
      try {
        readWav(file.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(CallError);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([8000, 11_025, 16_000, 44_100, 48_000])(
  "a file at %i Hz goes to the line as long as it was",
  (sampleRate) => {
    const second = Array.from(
      { length: sampleRate },
      (_, n) => 10_000 * Math.sin((2 * Math.PI * 440 * n) / sampleRate),
    );
    const line = wavForLine(wavFile({ sampleRate, sound: pcm16(second.map(Math.round)) }));
    expect(line).toHaveLength(8000);
    const expected = Array.from({ length: 8000 }, (_, n) => 10_000 * Math.sin((2 * Math.PI * 440 * n) / 8000));
    const worst = Array.from(line, (sample, n) => Math.abs(sample - (expected[n] ?? 0))).slice(100, -100);
    expect(Math.max(...worst)).toBeLessThan(120);
  },
);

test("a file at a rate that nothing goes into is refused by its rate", () => {
  expect(() => wavForLine(wavFile({ sampleRate: 44_101, sound: pcm16(samples) }))).toThrow("44101 Hz");
});

function floats(...values: number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

function caught(task: () => unknown): CallError {
  try {
    task();
  } catch (error) {
    if (error instanceof CallError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
