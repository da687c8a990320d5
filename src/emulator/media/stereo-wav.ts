// Both sides of a call as a WAV file: two channels of µ-law, silence where nobody spoke.
import { BYTES_PER_MS, SILENCE, type Sound } from "./audio.ts";

const SAMPLE_RATE = BYTES_PER_MS * 1000;
const FORMAT_ULAW = 7;
const HEADER_BYTES = 58;

/** A WAV file with the one side on the left and the other on the right. */
export function stereoWav(left: readonly Sound[], right: readonly Sound[]): Buffer {
  const samples = Math.max(endOf(left), endOf(right));
  const file = Buffer.alloc(HEADER_BYTES + samples * 2, SILENCE);
  writeHeader(file, samples);
  write(file, left, 0);
  write(file, right, 1);
  return file;
}

function endOf(sounds: readonly Sound[]): number {
  const last = sounds.at(-1);
  return last === undefined ? 0 : Math.round(last.atMs * BYTES_PER_MS) + last.ulaw.length;
}

function write(file: Buffer, sounds: readonly Sound[], channel: 0 | 1): void {
  for (const { atMs, ulaw } of sounds) {
    let at = HEADER_BYTES + Math.round(atMs * BYTES_PER_MS) * 2 + channel;
    for (const sample of ulaw) {
      file[at] = sample;
      at += 2;
    }
  }
}

/** RIFF with a `fact` chunk, which every format but PCM has to bring. */
function writeHeader(file: Buffer, samples: number): void {
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(18, 16);
  file.writeUInt16LE(FORMAT_ULAW, 20);
  file.writeUInt16LE(2, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(8, 34);
  file.writeUInt16LE(0, 36);
  file.write("fact", 38, "latin1");
  file.writeUInt32LE(4, 42);
  file.writeUInt32LE(samples, 46);
  file.write("data", 50, "latin1");
  file.writeUInt32LE(samples * 2, 54);
}
