// Changes the sample rate of a stream: a polyphase low-pass filter, with the same output however the input is cut.
import { CallError } from "../../call/error.ts";

/** How far the filter looks to each side, in samples of the lower of the two rates: 2 ms at 8 kHz. */
const reach = 16;
/** Share of the lower rate's band that passes: 3.6 of 4 kHz. */
const passed = 0.9;
/** Kaiser's: side lobes near -70 dB, far below the noise of G.711. */
const beta = 7;
/** Rates without a common ratio below this would need a filter larger than any stream is worth. */
const maxTerm = 2000;

interface Filter {
  /** `up` ÷ `down` is the ratio of the rates in lowest terms. */
  up: number;
  down: number;
  /** From a window's middle to its end, in steps of 1 ÷ `up` input samples. */
  half: number;
  /** Input samples in a window. */
  taps: number;
  /** `up` phases of `taps` weights, in the order of the input. */
  weights: Float64Array;
}

/** By "from/to": a call makes several streams, and there are few rates. */
const filters = new Map<string, Filter>();

/** One direction of one stream. Output sample n belongs to the very moment of input sample n × from ÷ to. */
export class Resampler {
  readonly #filter: Filter | undefined;
  /** Input that a window to come begins with. */
  #kept: Int16Array<ArrayBuffer>;
  #phase = 0;
  #taken = 0;
  #given = 0;

  /** @throws CallError when the rates have no small common ratio */
  constructor(fromHz: number, toHz: number) {
    this.#filter = fromHz === toHz ? undefined : filterOf(fromHz, toHz);
    const { up, half, taps } = this.#filter ?? { up: 1, half: 0, taps: 1 };
    // Silence came before the first sample, on which the first window's middle stands.
    this.#kept = new Int16Array(taps - 1 - Math.floor(half / up));
    this.#phase = half % up;
  }

  /** What can be said now; the last 2 ms wait for the input after them. */
  push(samples: Int16Array): Int16Array<ArrayBuffer> {
    const filter = this.#filter;
    if (filter === undefined) return samples.slice();
    const input = new Int16Array(this.#kept.length + samples.length);
    input.set(this.#kept);
    input.set(samples, this.#kept.length);
    const { output, from, phase } = filtered(filter, input, this.#phase);
    this.#kept = input.slice(from);
    this.#phase = phase;
    this.#taken += samples.length;
    this.#given += output.length;
    return output;
  }

  /** The end of the stream: what was waiting. Push nothing after it. */
  flush(): Int16Array<ArrayBuffer> {
    if (this.#filter === undefined) return new Int16Array(0);
    const { up, down, half } = this.#filter;
    const due = Math.ceil((this.#taken * up) / down) - this.#given;
    return this.push(new Int16Array(Math.ceil(half / up))).subarray(0, due);
  }
}

/** Every output whose window is whole, and where the next one begins. */
function filtered(filter: Filter, input: Int16Array, startPhase: number): Filtered {
  const { up, down, taps, weights } = filter;
  const steps = (input.length - taps + 1) * up - startPhase;
  const output = new Int16Array(Math.max(0, Math.ceil(steps / down)));
  let from = 0;
  let phase = startPhase;
  for (let n = 0; n < output.length; n++) {
    const row = phase * taps;
    let even = 0;
    let odd = 0;
    for (let k = 0; k < taps; k += 2) {
      even += (weights[row + k] ?? 0) * (input[from + k] ?? 0);
      odd += (weights[row + k + 1] ?? 0) * (input[from + k + 1] ?? 0);
    }
    output[n] = Math.max(-32_768, Math.min(32_767, Math.round(even + odd)));
    phase += down;
    from += Math.floor(phase / up);
    phase %= up;
  }
  return { output, from, phase };
}

interface Filtered {
  output: Int16Array<ArrayBuffer>;
  from: number;
  phase: number;
}

function filterOf(fromHz: number, toHz: number): Filter {
  const key = `${fromHz}/${toHz}`;
  const filter = filters.get(key) ?? designed(fromHz, toHz);
  filters.set(key, filter);
  return filter;
}

function designed(fromHz: number, toHz: number): Filter {
  const divisor = commonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  const larger = Math.max(up, down);
  if (!(divisor > 0) || larger > maxTerm) {
    throw new CallError("UNSUPPORTED", `audio at ${fromHz} Hz cannot be changed to ${toHz} Hz`, {
      hint: "use a usual sample rate: 8000, 11025, 16000, 22050, 24000, 32000, 44100 or 48000",
    });
  }
  const half = reach * larger - 1;
  const taps = 2 * Math.ceil((half + 1) / up);
  const weights = new Float64Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    const row = weights.subarray(phase * taps, (phase + 1) * taps);
    for (let k = 0; k < taps; k++) row[k] = lowPass(phase + (taps - 1 - k) * up - half, half, passed / larger);
    // Each phase lets a constant through unchanged, so that silence with an offset gets no whistle.
    const gain = row.reduce((sum, weight) => sum + weight, 0);
    for (let k = 0; k < taps; k++) row[k] = (row[k] ?? 0) / gain;
  }
  return { up, down, half, taps, weights };
}

/** A sinc under Kaiser's window; `cutoff` as a share of the band. */
function lowPass(offset: number, half: number, cutoff: number): number {
  if (Math.abs(offset) > half) return 0;
  const x = Math.PI * cutoff * offset;
  return (x === 0 ? 1 : Math.sin(x) / x) * bessel(beta * Math.sqrt(1 - (offset / half) ** 2));
}

/** The modified Bessel function of order zero, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** NaN when one of them is no whole number above zero. */
function commonDivisor(a: number, b: number): number {
  if (!Number.isInteger(a) || !Number.isInteger(b) || a <= 0 || b <= 0) return Number.NaN;
  return a % b === 0 ? b : commonDivisor(b, a % b);
}
