// OpenAI realtime transcription against its emulator: both kinds of models, and all that can go wrong.
import { expect, test } from "vitest";
import { createTranscriber } from "../../src/daemon/speech/transcribers/create-transcriber.ts";
import { openAiService, type OpenAiTranscription } from "../../src/daemon/speech/transcribers/openai.ts";
import { transcriptionModel, transcriptionModelNotice } from "../../src/daemon/speech/transcribers/openai-models.ts";
import type { UlawFrame } from "../../src/daemon/speech/transcriber.ts";
import { createManualClock } from "../support/manual-clock.ts";
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
  caller.push(...speech(600), ...silence(200));
  caller.ear.commit();
  expect(await caller.next("final")).toMatchObject({ text: "and a second" });
  expect(emulator.hearing.complaints).toEqual([]);
});

test("each commit is answered, and silence or too little audio with no words", async () => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.say("something");
  await using caller = listen(openAi(emulator, { model: "gpt-live-transcribe" }));
  for (const frames of [silence(400), silence(40), speech(400)]) {
    caller.push(...frames);
    caller.ear.commit();
  }
  await caller.until(() => caller.finals.length === 3);
  expect(caller.finals.toSorted()).toEqual(["", "", "something"]);
  emulator.hearing.sessions[0]?.send(
    JSON.stringify({ type: "error", error: { code: "input_audio_buffer_commit_empty" } }),
  );
  await caller.until(() => caller.finals.length === 4);
  expect(caller.finals[3]).toBe("");
});

test("a noise that the server takes for speech ends with no words", async () => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.say("");
  await using caller = listen(openAi(emulator));
  caller.push(...turn());
  expect(await caller.next("final")).toEqual({ type: "final", text: "", turnEnd: true });
});

const turn = (): UlawFrame[] => [...speech(600), ...silence(600)];

test("finals that come late, in the wrong order and twice are told in order, once", async () => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.faults({
    finals: [
      { fault: "late", ms: 200, turn: 0 },
      { fault: "swap", turn: 1 },
      { fault: "duplicate", turn: 2 },
      { fault: "late", ms: 100, turn: 3 },
      { fault: "duplicate", turn: 3 },
    ],
  });
  const texts = ["the first", "the second", "the third", "the fourth"];
  emulator.hearing.say(...texts);
  await using caller = listen(openAi(emulator));
  for (let turns = 0; turns < 4; turns += 1) caller.push(...turn());
  await caller.until(() => caller.finals.length >= 4);
  emulator.hearing.sessions[0]?.hear("the end");
  await caller.until(() => caller.finals.includes("the end"));
  expect(caller.finals).toEqual([...texts, "the end"]);
});

test("a final that never comes holds nobody up: what was understood is told after a while", async () => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.faults({ finals: [{ fault: "missing", turn: 0 }] });
  emulator.hearing.say("book a table please now", "for two");
  const clock = createManualClock();
  await using caller = listen(openAi(emulator, {}, testDeps(clock)));
  caller.push(...turn(), ...turn());
  await caller.until(() => caller.events.some((event) => event.type === "partial" && event.text.endsWith("for two")));
  expect(caller.finals).toEqual([]);
  await clock.advance(2660);
  expect(caller.finals).toEqual(["book a table", "for two"]);
});

test("a piece that could not be transcribed is missed, and the session lives", async () => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.faults({ finals: [{ fault: "failed", turn: 0 }] });
  emulator.hearing.say("mumble", "clear words");
  await using caller = listen(openAi(emulator));
  caller.push(...turn(), ...turn());
  expect((await caller.next("missed")).message).toBe("OpenAI could not transcribe a piece: audio_unintelligible");
  await caller.next("final");
  expect(caller.finals).toEqual(["clear words"]);
});

test("a session with settings that it does not take is lost, not tried again", async () => {
  await using emulator = await startOpenAiEmulator();
  await using caller = listen(openAi(emulator, { model: "gpt-hears-all" }));
  expect(await caller.next("lost")).toEqual({
    type: "lost",
    message: "OpenAI: invalid_model for the session",
    hint: "Check `streaming.providers.openai`: model, language and prompt.",
  });
  expect(emulator.hearing.attempts).toBe(1);
});

test("an account without money is lost with a way out, other errors are only noted", async () => {
  await using emulator = await startOpenAiEmulator();
  const deps = testDeps();
  await using caller = listen(openAi(emulator, {}, deps));
  await caller.next("ready");
  const error = (code: string) =>
    emulator.hearing.sessions[0]?.send(JSON.stringify({ type: "error", error: { code } }));
  error("rate_limit_exceeded");
  error("insufficient_quota");
  expect(await caller.next("lost")).toMatchObject({
    hint: "Check `streaming.providers.openai.apiKey` and its account.",
  });
  expect(deps.lines[0]).toMatchObject({ level: "warn", fields: { code: "rate_limit_exceeded" } });
});

test("all settings arrive", async () => {
  await using emulator = await startOpenAiEmulator();
  const config = {
    language: "de-DE",
    prompt: "a restaurant",
    keywords: ["pasta"],
    silenceDurationMs: 800,
    vadThreshold: 0.6,
    noiseReduction: "far_field",
  } as const;
  await using caller = listen(openAi(emulator, config));
  await caller.next("ready");
  expect(emulator.hearing.sessions[0]?.messages).toMatchObject([
    {
      session: {
        audio: {
          input: {
            noise_reduction: { type: "far_field" },
            transcription: { model: "gpt-transcribe", language: "de", prompt: "a restaurant", keywords: ["pasta"] },
            turn_detection: { type: "server_vad", threshold: 0.6, silence_duration_ms: 800 },
          },
        },
      },
    },
  ]);
});

const own = "https://api.openai.com/v1";

test.for(["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize"])(
  "%s is taken with a notice while OpenAI serves it, and another model does its work",
  (name) => {
    expect(transcriptionModelNotice(name, own)).toBe(
      `OpenAI switches ${name} off on 2027-02-26: gpt-transcribe is used instead`,
    );
    expect(transcriptionModel(name, own).name).toBe("gpt-transcribe");
    expect(transcriptionModelNotice(name, "https://speech.example.test/v1")).toBeUndefined();
    expect(transcriptionModel(name, "https://speech.example.test/v1").name).toBe(name);
  },
);

test("models without a date bring no notice", () => {
  for (const name of [undefined, "gpt-transcribe", "gpt-live-transcribe", "gpt-realtime-whisper"]) {
    expect(transcriptionModelNotice(name, own)).toBeUndefined();
  }
});

test("on OpenAI's own host the URL names no model, on others it does", () => {
  expect(openAiService({ apiKey: "k" }, "en").url).toBe("wss://api.openai.com/v1/realtime?intent=transcription");
  expect(openAiService({ apiKey: "k", baseUrl: "http://127.0.0.1:1/v1/", model: "m" }, "en").url).toBe(
    "ws://127.0.0.1:1/v1/realtime?intent=transcription&model=m",
  );
});
