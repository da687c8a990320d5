import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ulaw } from "../../src/daemon/media/g711.ts";
import { speechModelIn } from "../../src/daemon/media/vad/load-model.ts";
import { SpeechModel } from "../../src/daemon/media/vad/model.ts";
import { SpeechGate } from "../../src/daemon/media/vad/speech-gate.ts";
import { VoiceDetector } from "../../src/daemon/media/vad/voice-detector.ts";
import { joined, keyTone, mixed, noise, ringBack, silence, tones } from "../support/sounds.ts";

const weights = new URL("../../src/daemon/media/vad/silero-8k.bin", import.meta.url);
const model = await speechModelIn(weights)();
/** Two voices, noise, ring-back and a key; what the original network says of it in onnxruntime 1.30.0. */
const clip = readFileSync(new URL("vad-clip.ulaw", import.meta.url));
const samples = ulaw.decode(clip);
const expected = JSON.parse(readFileSync(new URL("vad-clip.json", import.meta.url), "utf8")) as number[];

function probabilities(codes: Uint8Array, detector = new VoiceDetector(model)): number[] {
  return detector.push(codes);
}

const whole = probabilities(clip);

test("the network says what the original one says, step by step", () => {
  expect(whole).toHaveLength(expected.length);
  const apart = whole.map((probability, step) => Math.abs(probability - (expected[step] ?? 2)));
  expect(Math.max(...apart)).toBeLessThan(1e-4);
});

test.each([1, 160, 1000])("frames of %i samples change no probability", (size) => {
  const detector = new VoiceDetector(model);
  const found: number[] = [];
  for (let at = 0; at < clip.length; at += size) found.push(...detector.push(clip.subarray(at, at + size)));
  expect(found).toEqual(whole);
});

test("calls that are heard in turn do not hear each other", () => {
  const [one, other] = [new VoiceDetector(model), new VoiceDetector(model)];
  const found: number[] = [];
  for (let at = 0; at < clip.length; at += 160) {
    found.push(...one.push(clip.subarray(at, at + 160)));
    other.push(ulaw.encode(noise(0.02, 8000, at + 1)));
  }
  expect(found).toEqual(whole);
});

test("after a reset nothing is left of what was heard", () => {
  const detector = new VoiceDetector(model);
  detector.push(clip.subarray(0, 30_001));
  detector.reset();
  expect(probabilities(clip, detector)).toEqual(whole);
});

test.each([
  { name: "ring-back", sound: ringBack(2) },
  { name: "a dial tone", sound: tones([350, 440], 2) },
  { name: "a busy tone", sound: joined(tones([480, 620], 0.5), silence(0.5), tones([480, 620], 0.5), silence(0.5)) },
  { name: "noise", sound: noise(2, 1500) },
  { name: "a quiet line", sound: noise(2, 30) },
  { name: "silence", sound: silence(2) },
  { name: "a beep", sound: joined(silence(1), tones([1000], 0.7), silence(1)) },
  { name: "a key", sound: joined(silence(1), keyTone("5", 0.2), silence(1)) },
])("$name is not speech", ({ sound }) => {
  expect(probabilities(ulaw.encode(sound)).filter((probability) => probability >= 0.5)).toHaveLength(0);
});

test.each([
  { name: "as it is", sound: samples },
  { name: "twice as loud", sound: samples.map((sample) => Math.max(-32_768, Math.min(32_767, sample * 2))) },
  { name: "under noise", sound: mixed(samples, noise(6, 600)) },
])("of the clip $name, each voice is one stretch of speech, and what rings and hisses is none", ({ sound }) => {
  const gate = new SpeechGate({ silenceMs: 250 });
  const edges = probabilities(ulaw.encode(sound)).flatMap((probability) => gate.push(probability) ?? []);
  expect(edges.map(({ kind }) => kind)).toEqual(["start", "end", "start", "end"]);
  const [first, pause, second, end] = edges.map(({ at }) => at / 8000);
  // The voices are heard from 0.91 to 2.8 s and from 4.2 to 5.1 s.
  expect(first).toBeCloseTo(0.91, 0);
  expect(pause).toBeCloseTo(2.9, 0);
  expect(second).toBeCloseTo(4.2, 0);
  expect(end).toBeCloseTo(5.1, 0);
});

test("a step costs a hundredth of its time, so that a hundred calls can be heard", () => {
  const loud = ulaw.encode(noise(8, 3000));
  const before = process.cpuUsage();
  probabilities(loud);
  const { user, system } = process.cpuUsage(before);
  // Microseconds; usually 0.15 % of a core.
  expect((user + system) / 8e6).toBeLessThan(0.01);
});

test("the weights are loaded once for all calls", async () => {
  const load = speechModelIn(weights);
  const [one, other] = await Promise.all([load(), load()]);
  expect(one).toBe(other);
  expect(await load()).toBe(one);
});

test("weights that are missing or cut off are named, and looked for again", async () => {
  const load = speechModelIn(new URL("nowhere.bin", import.meta.url));
  await expect(load()).rejects.toMatchObject({ code: "ENOENT" });
  await expect(load()).rejects.toMatchObject({ code: "ENOENT" });
  expect(() => new SpeechModel(new Uint8Array(100))).toThrow("have 100 bytes, not 956032");
});
