import { describe, expect, onTestFinished, test } from "vitest";
import type { CallError } from "../../src/call/error.ts";
import { CallError as Failure } from "../../src/call/error.ts";
import { tts as ttsSection } from "../../src/daemon/config/speech-sections.ts";
import { configuredVoices, type VoicesDeps } from "../../src/daemon/speech/configured-voices.ts";
import { startElevenLabsEmulator, startOpenAiEmulator } from "../../src/emulator/index.ts";
import { toneSpeech, wordCodes } from "../../src/emulator/speech/tone-speech.ts";
import { fakeDeps } from "./fake-voice.ts";
import { listen, never, wordsIn } from "./heard-words.ts";

function voicesOf(tts: object, { own, without }: { own?: Record<string, unknown>; without?: CallError } = {}) {
  const embedded: VoicesDeps["embedded"] = {
    unavailable: without,
    hold: () => ({ [Symbol.dispose]: () => undefined }),
    async *synthesise(text) {
      yield toneSpeech(text, 8000);
    },
  };
  const configured = configuredVoices({ tts: ttsSection.parse(tts), own }, { ...fakeDeps(), embedded });
  onTestFinished(async () => {
    await Promise.all(configured.voices.map((voice) => voice[Symbol.asyncDispose]()));
  });
  return { ...configured, ids: configured.voices.map(({ id }) => id) };
}

const openai = { apiKey: "sk-1", model: "gpt-realtime-2.1-mini" };
const elevenlabs = { apiKey: "xi-1" };

describe("the order of the voices", () => {
  test.each([
    [{}, ["embedded"]],
    [{ openai }, ["openai", "embedded"]],
    [{ openai, elevenlabs }, ["elevenlabs", "openai", "embedded"]],
    [{ provider: "openai", openai, elevenlabs }, ["openai", "elevenlabs", "embedded"]],
    [{ provider: "embedded", openai }, ["embedded", "openai"]],
    [{ providers: { kokoro: { baseUrl: "http://127.0.0.1:8880/v1" } }, openai }, ["openai", "kokoro", "embedded"]],
    [
      { provider: "kokoro", providers: { kokoro: { baseUrl: "http://127.0.0.1:8880/v1" } }, openai },
      ["kokoro", "openai", "embedded"],
    ],
    [{ providers: { elevenlabs: { apiKey: "xi-1", speakerVoiceId: "v" } } }, ["elevenlabs", "embedded"]],
  ])("of %j", (tts, order) => {
    const { ids, notices } = voicesOf(tts);
    expect(ids).toEqual(order);
    expect(notices).toEqual([]);
  });

  test("without the embedded voice is without it, and says what to do when nothing is left", () => {
    const without = new Failure("UNSUPPORTED", "not installed", { hint: "install it" });
    expect(voicesOf({ openai }, { without }).ids).toEqual(["openai"]);
    expect(voicesOf({}, { without })).toMatchObject({ ids: [], notices: ["no voice is configured: install it"] });
  });
});

describe("what cannot speak is left out, and said once", () => {
  test.each([
    [{ provider: "edge", providers: { microsoft: {}, edge: {} } }, /Microsoft Edge/],
    [{ provider: "microsoft", providers: { microsoft: {} } }, /Microsoft Edge/],
  ])("Microsoft's: %j", (tts, notice) => {
    const { ids, notices } = voicesOf(tts);
    expect(ids).toEqual(["embedded"]);
    expect(notices.filter((text) => notice.test(text))).toHaveLength(1);
  });

  test("a chosen one without a key, an unknown one, and one whose URL is none", () => {
    expect(voicesOf({ provider: "elevenlabs", openai }).notices).toEqual([
      "tts.provider is elevenlabs, which cannot speak as it is configured: openai speaks in its place",
    ]);
    expect(voicesOf({ providers: { google: { apiKey: "g" } } })).toMatchObject({
      ids: ["embedded"],
      notices: [expect.stringContaining("tts.providers.google has no baseUrl")],
    });
    expect(voicesOf({ openai: { ...openai, baseUrl: "not a url" } })).toMatchObject({
      ids: ["embedded"],
      notices: ["tts.openai.baseUrl is no URL, so openai does not speak"],
    });
  });
});

test.each([
  ["tts-1", "2027-01-06"],
  ["tts-1-hd", "2027-01-06"],
  ["gpt-4o-mini-tts", "2027-01-06"],
  ["gpt-4o-mini-tts-2025-12-15", "2027-01-06"],
  ["gpt-realtime-mini", "2027-01-20"],
  ["gpt-realtime", "2027-01-20"],
])("of OpenAI's %s the day is told on which it is switched off", (model, day) => {
  expect(voicesOf({ openai: { apiKey: "sk", model } }).notices).toEqual([expect.stringContaining(day)]);
});

test.each(["gpt-realtime-2.1-mini", undefined])("%s has no such day", (model) => {
  expect(voicesOf({ openai: { apiKey: "sk", ...(model !== undefined && { model }) } }).notices).toEqual([]);
});

test("a server of one's own may serve any model, and needs no key", () => {
  const { ids, notices } = voicesOf({ openai: { baseUrl: "http://127.0.0.1:1/v1", model: "tts-1" } });
  expect([ids, notices]).toEqual([["openai", "embedded"], []]);
});

test("each one speaks as it is configured, in our spelling and in the host's", async () => {
  await using vendor = await startOpenAiEmulator({ apiKey: "sk-1" });
  await using eleven = await startElevenLabsEmulator({ apiKey: "xi-1" });
  const { voices } = voicesOf({
    openai: { apiKey: "sk-1", baseUrl: vendor.url, model: "gpt-realtime-2.1-mini", voice: "cedar" },
    elevenlabs: {
      apiKey: "xi-1",
      baseUrl: `${eleven.url}/v1/`,
      voiceId: "ours",
      voiceSettings: { similarityBoost: 1 },
    },
    providers: {
      elevenlabs: { speakerVoiceId: "theirs" },
      own: { apiKey: "sk-1", baseUrl: `${vendor.url}/`, speakerVoice: "echo", speed: 1.5, instructions: "Be kind." },
    },
  });
  for (const voice of voices)
    expect(wordsIn(await listen(voice.speak("Hello from me.", never)))).toEqual(wordCodes("Hello from me."));
  const spoken = [...eleven.speaking.pieces, ...vendor.speaking.pieces].map(({ model, voice }) => `${model} ${voice}`);
  expect(spoken).toEqual(["eleven_flash_v2_5 theirs", "gpt-realtime-2.1-mini cedar", "tts-1 echo"]);
});

test("a number's own voice is laid over the general one; a wrong one is told and left out", async () => {
  await using vendor = await startOpenAiEmulator({ apiKey: "sk-1" });
  const general = { openai: { apiKey: "sk-1", baseUrl: vendor.url, model: "tts-1", voice: "alloy" } };
  const { voices } = voicesOf(general, { own: { openai: { voice: "echo" } } });
  for (const voice of voices.slice(0, 1)) await listen(voice.speak("Hello.", never));
  expect(vendor.speaking.pieces.map(({ voice }) => voice)).toEqual(["echo"]);
  const { ids, notices } = voicesOf(general, { own: { openai: { voice: 7, apiKey: "sk-2" } } });
  expect(ids).toEqual(["openai", "embedded"]);
  expect(notices).toEqual(["the tts of a number is wrong at openai.voice, so the general one is used for it"]);
});
