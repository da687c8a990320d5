import fc from "fast-check";
import { expect, test } from "vitest";
import { Resampler } from "../../src/daemon/media/resample.ts";

const amplitude = 16_384;

function tone(hz: number, rate: number, seconds = 0.5): Int16Array {
  return Int16Array.from({ length: Math.round(rate * seconds) }, (_, n) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * n) / rate)),
  );
}

function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  const resampler = new Resampler(fromHz, toHz);
  return Int16Array.from([...resampler.push(samples), ...resampler.flush()]);
}

/** Level against the tone's own, in dB, without the ends where the tone is cut. */
function level(samples: Int16Array): number {
  const middle = samples.subarray(samples.length >> 2, (samples.length * 3) >> 2);
  const power = middle.reduce((sum, sample) => sum + sample ** 2, 0) / middle.length;
  return 10 * Math.log10(power / (amplitude ** 2 / 2) + 1e-12);
}

const down = [16_000, 22_050, 24_000, 44_100, 48_000, 11_025].map((from) => ({ from, to: 8000 }));
const up = [16_000, 24_000, 48_000].map((to) => ({ from: 8000, to }));

test.each([...down, ...up])("$from to $to Hz keeps what a telephone carries", ({ from, to }) => {
  for (const hz of [200, 300, 1000, 2000, 3000]) {
    expect(Math.abs(level(resample(tone(hz, from), from, to)))).toBeLessThan(0.1);
  }
  expect(level(resample(tone(3400, from), from, to))).toBeGreaterThan(-2);
});

test.each(down.filter(({ from }) => from > 12_000))("$from to $to Hz lets nothing fold back into speech", (rates) => {
  const { from, to } = rates;
  const above = [4400, 5000, 6000, 7000, 7900, 10_000, 11_000, 15_000, 20_000].filter((hz) => hz < from / 2);
  for (const hz of above) expect(level(resample(tone(hz, from), from, to))).toBeLessThan(-65);
});

test.each(up)("$from to $to Hz adds no image above the band", ({ from, to }) => {
  const hz = 1100;
  const tones = resample(tone(hz, from), from, to);
  const error = tones.map((sample, n) => sample - Math.round(amplitude * Math.sin((2 * Math.PI * hz * n) / to)));
  expect(level(error)).toBeLessThan(-60);
});

test.each([...down, ...up])("$from to $to Hz neither delays nor stretches", ({ from, to }) => {
  const seconds = 0.5;
  const hz = 700;
  const output = resample(tone(hz, from, seconds), from, to);
  expect(output).toHaveLength(Math.ceil((Math.round(from * seconds) * to) / from));
  const middle = Array.from(output).slice(200, -200);
  const worst = middle.map((sample, n) => Math.abs(sample - amplitude * Math.sin((2 * Math.PI * hz * (n + 200)) / to)));
  expect(Math.max(...worst)).toBeLessThan(amplitude * 0.01);
});

test("what is pushed comes out within 2 ms, not when the stream ends", () => {
  for (const { from, to } of [...down, ...up]) {
    const second = new Resampler(from, to).push(new Int16Array(from));
    expect(to - second.length).toBeLessThanOrEqual(Math.ceil((to * 2) / 1000));
  }
});

test("the sound does not depend on how the stream was cut", () => {
  const pieces = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom(...down, ...up), pieces, ({ from, to }, sizes) => {
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const noise = Int16Array.from(
        { length: total },
        (_, n) => ((n * 7919 + ((n * n) % 251) * 104_729) % 65_536) - 32_768,
      );
      const resampler = new Resampler(from, to);
      const cut: number[] = [];
      let at = 0;
      for (const size of sizes) cut.push(...resampler.push(noise.subarray(at, (at += size))));
      cut.push(...resampler.flush());
      expect(cut).toEqual(Array.from(resample(noise, from, to)));
    }),
    { numRuns: 60 },
  );
});

test("the loudest input is cut at the limits and never wraps to the other sign", () => {
  const square = Int16Array.from({ length: 2400 }, (_, n) => (n % 60 < 30 ? 32_767 : -32_768));
  const output = resample(square, 24_000, 8000);
  const wrapped = Array.from(output).filter((sample, n) => n % 20 > 2 && n % 20 < 8 && sample < 0);
  expect(wrapped).toEqual([]);
  expect(Math.max(...output)).toBe(32_767);
});

test("a constant stays the same constant in every phase", () => {
  const output = resample(new Int16Array(4410).fill(1000), 44_100, 8000);
  expect(new Set(output.subarray(40, -40))).toEqual(new Set([1000]));
});

test("equal rates change nothing, and the caller's buffer is not kept", () => {
  const samples = tone(500, 8000, 0.02);
  const output = new Resampler(8000, 8000).push(samples);
  expect(output).toEqual(samples);
  expect(output.buffer).not.toBe(samples.buffer);
});

test.each([
  [0, 8000],
  [-8000, 8000],
  [Number.NaN, 8000],
  [8000.5, 8000],
  [44_101, 8000],
  [8000, 0],
])("rates without a ratio are refused by name: %d to %d", (from, to) => {
  expect(() => new Resampler(from, to)).toThrow(`audio at ${from} Hz cannot be changed to ${to} Hz`);
});

test("a stream of nothing flushes to nothing", () => {
  expect(resample(new Int16Array(0), 24_000, 8000)).toHaveLength(0);
});
