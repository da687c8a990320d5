// Reads a WAV file of any usual coding, rate and number of channels into samples of one channel.
import { CallError } from "../../call/error.ts";
import { alaw, ulaw, type G711 } from "./g711.ts";
import { Resampler } from "./resample.ts";

export interface Sound {
  sampleRate: number;
  samples: Int16Array<ArrayBuffer>;
}

interface Coding {
  bytes: number;
  /** A 16-bit sample, perhaps with a fraction. */
  read(view: DataView, at: number): number;
}

/** By format tag and bits of a sample. */
const codings: Record<string, Coding> = {
  "1/8": { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) * 256 },
  "1/16": { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  "1/24": { bytes: 3, read: (view, at) => view.getInt16(at + 1, true) + view.getUint8(at) / 256 },
  "1/32": { bytes: 4, read: (view, at) => view.getInt32(at, true) / 65_536 },
  "3/32": { bytes: 4, read: (view, at) => view.getFloat32(at, true) * 32_768 },
  "6/8": companded(alaw),
  "7/8": companded(ulaw),
};

/** The format tag that says: look into the extension. */
const extensible = 0xfffe;
const maxChannels = 8;

interface Format {
  coding: Coding;
  channels: number;
  sampleRate: number;
}

/** @throws CallError (`INVALID_INPUT`) that says what is wrong with the file */
export function readWav(file: Uint8Array): Sound {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.byteLength < 12 || tagAt(view, 0) !== "RIFF" || tagAt(view, 8) !== "WAVE") {
    throw refusal("it does not begin as a WAV file does");
  }
  let format: Format | undefined;
  for (let at = 12; at + 8 <= view.byteLength;) {
    const tag = tagAt(view, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (tag === "fmt ") format = formatAt(view, start, size);
    if (tag === "data") {
      if (format === undefined) throw refusal("its sound comes before its format");
      // Who writes a stream does not know its length: 0 or a huge number stands for the rest of the file.
      const end = size === 0 ? view.byteLength : Math.min(start + size, view.byteLength);
      return { sampleRate: format.sampleRate, samples: mixed(view, { start, end }, format) };
    }
    // A part of odd length is followed by one byte that means nothing.
    at = start + size + (size % 2);
  }
  throw refusal(format === undefined ? "it has no format" : "it has no sound");
}

/** What goes to a telephone. @throws CallError as `readWav`, or when the rate is an odd one */
export function wavForLine(file: Uint8Array): Int16Array<ArrayBuffer> {
  const { sampleRate, samples } = readWav(file);
  const resampler = new Resampler(sampleRate, 8000);
  const [most, rest] = [resampler.push(samples), resampler.flush()];
  const line = new Int16Array(most.length + rest.length);
  line.set(most);
  line.set(rest, most.length);
  return line;
}

function formatAt(view: DataView, at: number, size: number): Format {
  if (size < 16 || at + size > view.byteLength) throw refusal("its format is cut off");
  const tag = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const bits = view.getUint16(at + 14, true);
  const format = tag === extensible && size >= 26 ? view.getUint16(at + 24, true) : tag;
  const coding = codings[`${format}/${bits}`];
  if (coding === undefined) throw refusal(`its coding (format ${format} with ${bits} bits) is not supported`);
  if (channels < 1 || channels > maxChannels) throw refusal(`it has ${channels} channels`);
  const sampleRate = view.getUint32(at + 4, true);
  if (sampleRate < 4000 || sampleRate > 192_000) throw refusal(`its sample rate is ${sampleRate} Hz`);
  return { coding, channels, sampleRate };
}

function mixed(view: DataView, part: { start: number; end: number }, format: Format): Int16Array<ArrayBuffer> {
  const { coding, channels } = format;
  const step = coding.bytes * channels;
  const samples = new Int16Array(Math.floor((part.end - part.start) / step));
  for (let n = 0; n < samples.length; n++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += coding.read(view, part.start + n * step + c * coding.bytes);
    samples[n] = Math.max(-32_768, Math.min(32_767, Math.round(sum / channels)));
  }
  return samples;
}

function companded(law: G711): Coding {
  const levels = law.decode(Uint8Array.from({ length: 256 }, (_, code) => code));
  return { bytes: 1, read: (view, at) => levels[view.getUint8(at)] ?? 0 };
}

function tagAt(view: DataView, at: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, 4));
}

function refusal(what: string): CallError {
  return new CallError("INVALID_INPUT", `the audio cannot be read: ${what}`, {
    hint: "make a plain WAV file of it, for example with `sox in.mp3 -r 8000 -c 1 -b 16 out.wav`",
  });
}
