// ElevenLabs Scribe realtime against its emulator.
import { expect, test } from "vitest";
import { createTranscriber } from "../../src/daemon/speech/transcribers/create-transcriber.ts";
import type { ElevenLabsTranscription } from "../../src/daemon/speech/transcribers/elevenlabs.ts";
import { type ElevenLabsEmulator, startElevenLabsEmulator } from "../../src/emulator/index.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { listen, runFast, silence, speech, type TestDeps, testDeps } from "./listening.ts";

function scribe(
  emulator: ElevenLabsEmulator,
  config: Partial<ElevenLabsTranscription> = {},
  deps: TestDeps = testDeps(),
) {
  return createTranscriber("elevenlabs", { apiKey: emulator.apiKey, baseUrl: emulator.url, ...config }, deps);
}

const turn = () => [...speech(800), ...silence(600)];

test("turns by its VAD", async () => {
  await using emulator = await startElevenLabsEmulator();
  emulator.hearing.say("a table", "for two");
  const transcriber = scribe(emulator, { vadThreshold: 0.4, keywords: ["pasta"] });
  expect(transcriber.capabilities).toMatchObject({ endOfTurn: "silence", speechStart: false });
  await using caller = listen(transcriber);
  caller.push(...turn());
  await caller.next("final");
  caller.push(...turn());
  await caller.next("final");
  expect(caller.finals).toEqual(["a table", "for two"]);
  const oneTurn = ["partial", "partial", "speechStopped", "final"];
  expect(caller.events.map(({ type }) => type)).toEqual(["ready", ...oneTurn, ...oneTurn]);
  expect(emulator.hearing.sessions[0]?.audioMessages).toBe(2800 / 100);
  expect(emulator.hearing.complaints).toEqual([]);
});

test("turns by our commits, with what was not a whole message yet", async () => {
  await using emulator = await startElevenLabsEmulator();
  emulator.hearing.say("a table");
  const transcriber = scribe(emulator, { commitStrategy: "manual" });
  expect(transcriber.capabilities.endOfTurn).toBe("none");
  await using caller = listen(transcriber);
  caller.push(...speech(740));
  caller.ear.commit();
  expect(await caller.next("final")).toEqual({ type: "final", text: "a table", turnEnd: false });
  caller.ear.commit();
  await emulator.hearing.waitFor(() => emulator.hearing.sessions[0]?.messages.length === 2);
  expect(emulator.hearing.sessions[0]?.audioMs).toBe(740);
  expect(emulator.hearing.complaints).toEqual([]);
});

test("it is never without audio", async () => {
  await using emulator = await startElevenLabsEmulator();
  const clock = createManualClock();
  await using caller = listen(scribe(emulator, {}, testDeps(clock)));
  await caller.next("ready");
  await runFast(clock, () => (emulator.hearing.sessions[0]?.audioMs ?? 0) >= 3000);
  expect(clock.now() - 1_700_000_000_000).toBeLessThan(5000);
});

test("a break in the middle of a turn loses nothing, and repeats nothing", async () => {
  await using emulator = await startElevenLabsEmulator();
  emulator.hearing.say("one", "cut off", "two and a half");
  await using caller = listen(scribe(emulator));
  caller.push(...turn());
  await caller.next("final");
  caller.push(...speech(400));
  await caller.next("partial");
  emulator.hearing.sessions[0]?.close(1006);
  await caller.next("interrupted");
  caller.push(...speech(400), ...silence(600));
  await caller.next("final");
  expect(caller.finals).toEqual(["one", "two and a half"]);
});

test.for([
  ["auth_error", "Check `streaming.providers.elevenlabs.apiKey`."],
  ["quota_exceeded", "The account's quota is used up."],
  ["unaccepted_terms", "Accept the terms of the service in its console."],
])("%s ends it with a way out", async ([type, hint]) => {
  await using emulator = await startElevenLabsEmulator();
  await using caller = listen(scribe(emulator));
  await caller.next("ready");
  emulator.hearing.sessions[0]?.send(JSON.stringify({ message_type: type, error: "no" }));
  expect(await caller.next("lost")).toEqual({ type: "lost", message: `ElevenLabs: ${type}`, hint });
});

test("a session that has reached its limit is followed by another, a complaint is not", async () => {
  await using emulator = await startElevenLabsEmulator();
  emulator.hearing.faults({ connections: [{ fault: "expire", afterMs: 50, times: 1 }] });
  await using caller = listen(scribe(emulator));
  expect((await caller.next("interrupted")).message).toBe("ElevenLabs: session_time_limit_exceeded");
  await caller.next("ready");
  emulator.hearing.say("all the same");
  emulator.hearing.sessions[1]?.send('{"message_type":"input_error","error":"x"}');
  caller.push(...turn());
  await caller.next("final");
  expect(emulator.hearing.attempts).toBe(2);
});

test("a request that it does not take is lost with the keys to look at", async () => {
  await using emulator = await startElevenLabsEmulator();
  await using caller = listen(scribe(emulator, { model: "scribe_v1" }));
  expect(await caller.next("lost")).toMatchObject({
    message: "ElevenLabs refused the session (HTTP 400)",
    hint: "Check `streaming.providers.elevenlabs`: model, language and baseUrl.",
  });
});

test("settings beyond what it takes are brought to the nearest", async () => {
  await using emulator = await startElevenLabsEmulator();
  const settings = [
    { silenceDurationMs: 100, vadThreshold: 0 },
    { silenceDurationMs: 10_000, vadThreshold: 1 },
  ];
  for (const config of settings) {
    await using caller = listen(scribe(emulator, config));
    await caller.next("ready");
  }
  const asked = emulator.hearing.sessions.map(({ url }) =>
    ["vad_silence_threshold_secs", "vad_threshold"].map((name) => url.searchParams.get(name)),
  );
  expect(asked).toEqual([
    ["0.31", "0.1"],
    ["3", "0.9"],
  ]);
});
