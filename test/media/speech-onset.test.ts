import { expect, test } from "vitest";
import { ulaw } from "../../src/daemon/media/g711.ts";
import { speechModelIn } from "../../src/daemon/media/vad/load-model.ts";
import { SpeechGate } from "../../src/daemon/media/vad/speech-gate.ts";
import { VoiceDetector } from "../../src/daemon/media/vad/voice-detector.ts";
import { joined, mixed, noise, silence } from "../support/sounds.ts";
import { spoken } from "../support/spoken.ts";

const model = await speechModelIn(new URL("../../src/daemon/media/vad/silero-8k.bin", import.meta.url))();
const interruptions = ["Can I ask something?", "Hold on a second.", "Okay.", "I have a question.", "Wait, stop."];

interface Heard {
  /** From the first loud sample to the frame after which the beginning is known, in ms. */
  onsetMs: number;
  starts: number;
  ends: number;
}

function heard(sentence: string, hiss: number): Heard {
  const speech = spoken(sentence);
  const lead = silence(0.5);
  const line = mixed(joined(lead, speech, silence(1)), noise(10, hiss));
  const detector = new VoiceDetector(model);
  const gate = new SpeechGate({ silenceMs: 600 });
  const result: Heard = { onsetMs: Number.NaN, starts: 0, ends: 0 };
  const onset = lead.length + speech.findIndex((sample) => Math.abs(sample) > 600);
  for (let at = 0; at < line.length; at += 160) {
    const frame = ulaw.encode(line.subarray(at, at + 160));
    const edges = detector.push(frame).flatMap((probability) => gate.push(probability) ?? []);
    for (const { kind } of edges) {
      if (kind === "start" && result.starts === 0) result.onsetMs = (at + 160 - onset) / 8;
      result[kind === "start" ? "starts" : "ends"] += 1;
    }
  }
  return result;
}

test.each([0, 400])("a caller who interrupts is noticed in 300 ms, over a hiss of %i", (hiss) => {
  const all = interruptions.map((sentence) => heard(sentence, hiss));
  for (const { starts, ends } of all) expect({ starts, ends }).toEqual({ starts: 1, ends: 1 });
  const onsets = all.map(({ onsetMs }) => onsetMs).toSorted((a, b) => a - b);
  expect(onsets[Math.floor(onsets.length / 2)]).toBeLessThanOrEqual(300);
  // The "w" of this voice is hardly heard: such a word is noticed at its vowel.
  expect(Math.max(...onsets)).toBeLessThanOrEqual(600);
  expect(Math.min(...onsets)).toBeGreaterThanOrEqual(200);
});
