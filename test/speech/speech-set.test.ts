import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { CallState } from "../../src/call/state.ts";
import { loadHandedOver } from "../../src/daemon/config/load.ts";
import type { LineSettings } from "../../src/daemon/media/engine.ts";
import { systemClock } from "../../src/daemon/deps.ts";
import { SpeechSet } from "../../src/daemon/speech-set.ts";
import { startOpenAiEmulator } from "../../src/emulator/index.ts";
import { eventually } from "../support/daemon.ts";
import { TestCall } from "../call/calls.ts";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function newSet(): SpeechSet {
  return new SpeechSet({
    clock: systemClock,
    log,
    voiceWorker: new URL("../../src/daemon/speech/embedded/voice-worker.ts", import.meta.url),
    voiceDetector: new URL("../../src/daemon/media/vad/silero-8k.bin", import.meta.url),
    packageRoots: [fileURLToPath(new URL("../..", import.meta.url))],
  });
}

function configure(set: SpeechSet, config: Record<string, unknown>): void {
  const result = loadHandedOver({ config: { provider: "mock", ...config } }, {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  set.configure(result.config);
}

/** Bytes that a call's voice makes of a text. */
async function said({ speak }: LineSettings, text: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of speak(text, new AbortController().signal)) bytes += chunk.length;
  return bytes;
}

function settingsOf(set: SpeechSet, state: CallState): LineSettings {
  const settings = set.settingsOf(state);
  if (settings === undefined) throw new Error("no settings");
  return settings;
}

test("a voice of an older configuration lives for the calls that speak with it, and no longer", async () => {
  await using openai = await startOpenAiEmulator();
  await using set = newSet();
  const { url: baseUrl, apiKey } = openai;
  const withVoice = (voice: string) => ({
    streaming: { enabled: true },
    tts: { provider: "openai", openai: { apiKey, baseUrl, voice } },
  });
  const { state } = TestCall.inbound();
  configure(set, withVoice("alloy"));
  const [first, second] = [settingsOf(set, state), settingsOf(set, state)];
  configure(set, withVoice("coral"));
  const later = settingsOf(set, state);
  expect(await said(first, "One of two.")).toBeGreaterThan(1000);
  first.release();
  expect(await said(second, "Two of two.")).toBeGreaterThan(1000);
  second.release();
  await eventually(async () => (await said(second, "Nobody any more.")) === 0);
  expect(await said(later, "Still here.")).toBeGreaterThan(1000);
});

test("streams that are switched off leave the calls that have one their voice and their ear", async () => {
  await using openai = await startOpenAiEmulator();
  await using set = newSet();
  const { url: baseUrl, apiKey } = openai;
  const config = {
    streaming: { enabled: true, providers: { openai: { apiKey, baseUrl } } },
    tts: { provider: "openai", openai: { apiKey, baseUrl } },
  };
  const { state } = TestCall.inbound();
  configure(set, config);
  const during = settingsOf(set, state);
  configure(set, { ...config, streaming: { ...config.streaming, enabled: false } });
  expect(await said(during, "Still here.")).toBeGreaterThan(1000);
  expect(settingsOf(set, state).ear.transcribers.map(({ id }) => id)).toEqual(["openai"]);
});
