import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/daemon/deps.ts";
import { ulaw } from "../../src/daemon/media/g711.ts";
import { speechModelIn } from "../../src/daemon/media/vad/load-model.ts";
import { VoiceDetector } from "../../src/daemon/media/vad/voice-detector.ts";
import { EmbeddedVoice } from "../../src/daemon/speech/embedded/embedded-voice.ts";
import { joined } from "../support/sounds.ts";

const root = dirname(dirname(import.meta.dirname));
const dist = join(root, "dist");

test("what is published can speak, and hears that it does", async () => {
  await using voice = new EmbeddedVoice({
    clock: systemClock,
    workerFile: join(dist, "voice-worker.js"),
    roots: [root],
  });
  const pieces: Int16Array[] = [];
  const never = new AbortController().signal;
  for await (const piece of voice.synthesise("Hello, this is your assistant.", never)) pieces.push(piece);
  const model = await speechModelIn(join(dist, "silero-8k.bin"))();
  const probabilities = new VoiceDetector(model).push(ulaw.encode(joined(...pieces)));
  expect(probabilities.filter((probability) => probability > 0.5).length).toBeGreaterThan(20);
});

test("the notice of those who trained the detector goes along with its weights", async () => {
  const licences = await readFile(join(dist, "THIRD-PARTY-LICENSES.txt"), "utf8");
  expect(licences).toContain("Copyright (c) 2020-present Silero Team");
  expect(licences).toContain("copyright Carnegie Mellon University");
});
