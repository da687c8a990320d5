// OpenAI realtime transcription against its emulator: both kinds of models, and all that can go wrong.
import { expect, test } from "vitest";
import { createTranscriber } from "../../src/daemon/speech/transcribers/create-transcriber.ts";
import type { OpenAiTranscription } from "../../src/daemon/speech/transcribers/openai.ts";
import { type OpenAiEmulator, startOpenAiEmulator } from "../../src/emulator/index.ts";
import { listen, silence, speech, type TestDeps, testDeps } from "./listening.ts";

function openAi(emulator: OpenAiEmulator, config: Partial<OpenAiTranscription> = {}, deps: TestDeps = testDeps()) {
  return createTranscriber("openai", { apiKey: emulator.apiKey, baseUrl: emulator.url, ...config }, deps);
}

test("a turn is told from its onset to its words", async () => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.say("I would like to book a table");
  await using caller = listen(openAi(emulator));
  await caller.next("ready");
  caller.push(...silence(200), ...speech(1000), ...silence(600));
  await caller.next("final");
  expect(caller.events.map(({ type }) => type)).toEqual([
    "ready",
    "speechStarted",
    "speechStopped",
    "partial",
    "final",
  ]);
  expect(caller.events.at(-1)).toEqual({ type: "final", text: "I would like to book a table", turnEnd: true });
  expect(emulator.hearing.complaints).toEqual([]);
});

test("what is said while it connects is not lost", async () => {
  await using emulator = await startOpenAiEmulator({ hearing: { keepAudio: true } });
  emulator.hearing.say("hello?");
  await using caller = listen(openAi(emulator));
  caller.push(...speech(600), ...silence(600));
  await caller.next("final");
  expect(caller.finals).toEqual(["hello?"]);
  expect(emulator.hearing.sessions[0]?.audioMs).toBe(1200);
});

test.for(["gpt-live-transcribe", "gpt-realtime-whisper"])("%s is told when a turn is over", async (model) => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.say("a first one", "and a second");
  const transcriber = openAi(emulator, { model, prompt: "a restaurant", keywords: ["OpenClaw"] });
  expect(transcriber.capabilities).toMatchObject({ endOfTurn: "none", speechStart: false });
  await using caller = listen(transcriber);
  caller.push(...speech(600), ...silence(200));
  await caller.next("partial");
  caller.ear.commit();
  expect(await caller.next("final")).toMatchObject({ text: "a first one", turnEnd: false });
  caller.ear.commit();
  caller.push(...silence(60));
  caller.ear.commit();
  caller.push(...speech(600), ...silence(200));
  caller.ear.commit();
  expect(await caller.next("final")).toMatchObject({ text: "and a second" });
  expect(emulator.hearing.complaints).toEqual([]);
});

test("silence that is committed is no turn", async () => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.say("something");
  await using caller = listen(openAi(emulator, { model: "gpt-live-transcribe" }));
  caller.push(...silence(400));
  caller.ear.commit();
  caller.push(...speech(400));
  caller.ear.commit();
  await caller.next("final");
  expect(caller.finals).toEqual(["something"]);
});
