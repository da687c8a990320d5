// What callers sound like: frames of 20 ms of µ-law in base64, the same in every run.
import { join } from "node:path";
import { systemClock } from "../../src/daemon/deps.ts";
import { ulaw } from "../../src/daemon/media/g711.ts";
import { loudness } from "../../src/daemon/media/loudness.ts";
import { EmbeddedVoice } from "../../src/daemon/speech/embedded/embedded-voice.ts";
import { root } from "../harness/sandbox.ts";

const samplesOfFrame = 160;
const differentFrames = 50;

/** Noise around so many units of 32,768: 15 is a quiet line, 300 a room in which nobody speaks. */
export function noiseFrames(amplitude: number): string[] {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const sample = (): number => Math.round((random() + random() - 1) * amplitude * 2);
  return Array.from({ length: differentFrames }, () =>
    Buffer.from(ulaw.encode(Int16Array.from({ length: samplesOfFrame }, sample))).toString("base64"),
  );
}

/** The breath before a word is quieter. */
const audible = 1000;

/** A spoken sentence from its first sound on. */
export async function spokenFrames(text: string): Promise<string[]> {
  await using voice = embeddedVoice();
  const parts: Uint8Array[] = [];
  for await (const samples of voice.synthesise(text, new AbortController().signal)) parts.push(ulaw.encode(samples));
  const audio = Buffer.concat(parts);
  const count = Math.floor(audio.length / samplesOfFrame);
  const frames = Array.from({ length: count }, (_, at) =>
    audio.subarray(at * samplesOfFrame, (at + 1) * samplesOfFrame),
  );
  const first = frames.findIndex((frame) => loudness(frame) >= audible);
  return frames.slice(first).map((frame) => frame.toString("base64"));
}

export function embeddedVoice(): EmbeddedVoice {
  const workerFile = join(root, "src", "daemon", "speech", "embedded", "voice-worker.ts");
  return new EmbeddedVoice({ clock: systemClock, workerFile, roots: [root] });
}
