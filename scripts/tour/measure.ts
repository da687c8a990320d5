// Listens to a recording by measuring it: where each channel of a stereo WAV file sounds, and where it is silent.
import { ulaw } from "../../src/daemon/media/g711.ts";

/** In milliseconds from the beginning of the file. */
export interface Stretch {
  fromMs: number;
  toMs: number;
}

/** How loud each 20 ms of a channel is: root mean square, of 32768. */
export type Loudness = readonly number[];

export interface Stereo {
  left: Loudness;
  right: Loudness;
}

const windowMs = 20;
const windowSamples = windowMs * 8;
/** Louder than the noise of a line, softer than a consonant. */
const audible = 100;
/** A voice is so long silent between two words of one stretch. */
const breathMs = 700;
/** The clocks of two ends and the carrier's frames are at most so far apart. */
const slackMs = 240;

/** @param file stereo µ-law at 8 kHz, as both the daemon and the emulators write it */
export function measureStereo(file: Buffer): Stereo {
  const at = file.indexOf("data", 12, "latin1");
  const isUlaw = file.readUInt16LE(20) === 7 && file.readUInt16LE(22) === 2 && file.readUInt32LE(24) === 8000;
  if (file.toString("latin1", 0, 4) !== "RIFF" || at < 0 || !isUlaw) throw new Error("no stereo WAV file of µ-law");
  const sound = file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
  const side = (channel: 0 | 1): Uint8Array => sound.filter((_, n) => n % 2 === channel);
  return { left: loudnessOf(side(0)), right: loudnessOf(side(1)) };
}

/** Of one channel of µ-law. */
export function loudnessOf(codes: Uint8Array): Loudness {
  const samples = ulaw.decode(codes);
  return Array.from({ length: Math.ceil(samples.length / windowSamples) }, (_, n) => {
    const window = samples.subarray(n * windowSamples, (n + 1) * windowSamples);
    return Math.sqrt(window.reduce((sum, sample) => sum + sample ** 2, 0) / windowSamples);
  });
}

/** Stretches of sound, each with its breaths. */
export function stretches(loudness: Loudness): Stretch[] {
  const found: Stretch[] = [];
  for (const [n, level] of loudness.entries()) {
    if (level < audible) continue;
    const fromMs = n * windowMs;
    const last = found.at(-1);
    if (last !== undefined && fromMs - last.toMs <= breathMs) last.toMs = fromMs + windowMs;
    else found.push({ fromMs, toMs: fromMs + windowMs });
  }
  return found;
}

export function soundMs(loudness: Loudness): number {
  return loudness.filter((level) => level >= audible).length * windowMs;
}

/** How much of a channel sounds where the other one, so much later, does not sound at that time or shortly before or after. */
export function strayMs(loudness: Loudness, other: Loudness, delayMs: number): number {
  const shift = Math.round(delayMs / windowMs);
  const slack = slackMs / windowMs;
  const isStray = (level: number, n: number): boolean =>
    level >= audible &&
    !other.slice(Math.max(0, n + shift - slack), Math.max(0, n + shift + slack + 1)).some((one) => one >= audible);
  return loudness.filter(isStray).length * windowMs;
}

/** How much later the same sound is in the other one. */
export function laterMs(loudness: Loudness, other: Loudness): number {
  const first = (one: Loudness): number => one.findIndex((level) => level >= audible);
  return (first(other) - first(loudness)) * windowMs;
}

/** Both channels as two lines of characters, half a second each. */
export function drawn({ left, right }: Stereo): [left: string, right: string] {
  const columns = Math.ceil((Math.max(left.length, right.length) * windowMs) / 500);
  const line = (loudness: Loudness): string =>
    Array.from({ length: columns }, (_, n) => mark(soundMs(loudness.slice(n * 25, (n + 1) * 25)))).join("");
  return [line(left), line(right)];
}

function mark(ms: number): string {
  if (ms === 0) return "·";
  return ms < 200 ? "▄" : "█";
}
