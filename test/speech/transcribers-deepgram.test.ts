// Deepgram's Nova and Flux against their emulators.
import { expect, test } from "vitest";
import { createTranscriber } from "../../src/daemon/speech/transcribers/create-transcriber.ts";
import type { DeepgramTranscription } from "../../src/daemon/speech/transcribers/deepgram.ts";
import { type DeepgramEmulator, startDeepgramEmulator } from "../../src/emulator/index.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { listen, runFast, silence, speech, type TestDeps, testDeps } from "./listening.ts";

function deepgram(emulator: DeepgramEmulator, config: Partial<DeepgramTranscription>, deps: TestDeps = testDeps()) {
  return createTranscriber("deepgram", { apiKey: emulator.apiKey, baseUrl: emulator.url, ...config }, deps);
}

const turn = () => [...speech(800), ...silence(600)];
const nova = { model: "nova-3" };

test("Nova's pieces make one turn, told once", async () => {
  await using emulator = await startDeepgramEmulator();
  emulator.nova.say("I would like to book a table", "for two");
  await using caller = listen(deepgram(emulator, nova));
  caller.push(...turn());
  await caller.next("final");
  caller.push(...turn());
  expect(await caller.next("final")).toEqual({ type: "final", text: "for two", turnEnd: true, confidence: 0.9 });
  expect(caller.finals).toEqual(["I would like to book a table", "for two"]);
  const partials = caller.events.flatMap((event) => (event.type === "partial" ? [event.text] : []));
  expect(partials.slice(0, 3)).toEqual(["I", "I would", "I would like"]);
  expect(caller.events.filter(({ type }) => type === "speechStarted")).toHaveLength(2);
  expect(caller.events.filter(({ type }) => type === "speechStopped")).toHaveLength(2);
  expect(emulator.nova.complaints).toEqual([]);
});

test("Nova makes words at once of what is committed, and leaves the end of the turn to us", async () => {
  await using emulator = await startDeepgramEmulator();
  emulator.nova.say("half a sentence");
  await using caller = listen(deepgram(emulator, nova));
  caller.push(...speech(600));
  caller.ear.commit();
  expect(await caller.next("final")).toMatchObject({ text: "half a sentence", turnEnd: false });
  caller.ear.commit();
  await emulator.nova.waitFor(() => emulator.nova.sessions[0]?.messages.length === 2);
  expect(caller.finals).toHaveLength(1);
});

test("a turn whose end Nova never tells is told from what is known", async () => {
  await using emulator = await startDeepgramEmulator();
  emulator.nova.faults({ finals: [{ fault: "missing" }] });
  emulator.nova.say("hello there you");
  const clock = createManualClock();
  await using caller = listen(deepgram(emulator, nova, testDeps(clock)));
  caller.push(...turn());
  await caller.until(() => caller.events.filter(({ type }) => type === "partial").length >= 3);
  await clock.advance(2500);
  expect(caller.finals).toEqual(["hello there you"]);
});

test("pieces that were final before the connection broke are kept, the rest is heard again", async () => {
  await using emulator = await startDeepgramEmulator({ hearing: { keepAudio: true } });
  emulator.nova.say("never told", "and the second");
  await using caller = listen(deepgram(emulator, nova));
  await caller.next("ready");
  caller.push(...speech(400));
  await caller.next("speechStarted");
  const [first] = emulator.nova.sessions;
  first?.send(results("the first piece", { start: 0, duration: 0.4, is_final: true }));
  await caller.until(() => caller.events.some((event) => event.type === "partial" && event.text === "the first piece"));
  caller.push(...speech(400));
  first?.close(1011);
  await caller.next("interrupted");
  caller.push(...silence(600));
  await caller.next("final");
  expect(caller.finals).toEqual(["the first piece and the second"]);
  expect(emulator.nova.sessions[1]?.audioMs).toBe(1000);
});

function results(transcript: string, more: Record<string, unknown>): string {
  return JSON.stringify({ type: "Results", channel: { alternatives: [{ transcript, confidence: 0.5 }] }, ...more });
}

test("Nova that says somebody speaks, and then nothing more, is noticed", async () => {
  await using emulator = await startDeepgramEmulator();
  const clock = createManualClock();
  await using caller = listen(deepgram(emulator, nova, testDeps(clock)));
  await caller.next("ready");
  emulator.nova.sessions[0]?.send('{"type":"SpeechStarted","channel":[0],"timestamp":0}');
  await caller.next("speechStarted");
  await runFast(clock, () => caller.events.some(({ type }) => type === "interrupted"), 9000);
  expect((await caller.next("interrupted")).message).toBe("Deepgram: it says nothing about what it hears");
});

test("words of which Nova says nothing at all are lost, and not taken for a noise", async () => {
  await using emulator = await startDeepgramEmulator();
  const clock = createManualClock();
  await using caller = listen(deepgram(emulator, nova, testDeps(clock)));
  await caller.next("ready");
  emulator.nova.sessions[0]?.send('{"type":"SpeechStarted","channel":[0],"timestamp":0}');
  await caller.next("speechStarted");
  await clock.advance(2600);
  await caller.next("missed");
  expect(caller.finals).toEqual([]);
  emulator.nova.sessions[0]?.send('{"type":"SpeechStarted","channel":[0],"timestamp":3}');
  emulator.nova.sessions[0]?.send(results("", { is_final: true }));
  await caller.until(() => caller.events.filter(({ type }) => type === "speechStarted").length === 2);
  await runFast(clock, () => caller.finals.length > 0, 5000);
  expect(caller.finals).toEqual([""]);
});

test("a quiet line does not cost the Nova session", async () => {
  await using emulator = await startDeepgramEmulator();
  const clock = createManualClock();
  await using caller = listen(deepgram(emulator, nova, testDeps(clock)));
  await caller.next("ready");
  await runFast(clock, () => (emulator.nova.sessions[0]?.messages.length ?? 0) >= 3);
  expect(emulator.nova.sessions[0]?.messages).toEqual(Array.from({ length: 3 }, () => ({ type: "KeepAlive" })));
  expect(clock.now() - 1_700_000_000_000).toBeLessThan(16_000);
});

test("Flux's turns are told as it sees them, in messages of 80 ms", async () => {
  await using emulator = await startDeepgramEmulator();
  emulator.flux.say("a table for two");
  const transcriber = deepgram(emulator, { eagerEndOfTurnThreshold: 0.4, keywords: ["OpenClaw", "pasta"] });
  expect(transcriber.capabilities).toMatchObject({ endOfTurn: "semantic", chunkMs: 80 });
  await using caller = listen(transcriber);
  caller.push(...turn());
  await caller.next("final");
  expect(caller.events.map(({ type }) => type)).toEqual([
    "ready",
    "speechStarted",
    ...Array.from({ length: 4 }, () => "partial"),
    "eagerEnd",
    "speechStopped",
    "final",
  ]);
  expect(caller.events.at(-1)).toMatchObject({ text: "a table for two", turnEnd: true });
  const [session] = emulator.flux.sessions;
  expect(session?.audioMessages).toBe(1360 / 80);
  expect(session?.url.searchParams.getAll("keyterm")).toEqual(["OpenClaw", "pasta"]);
  expect(emulator.flux.complaints).toEqual([]);
});

test("a guess of Flux's that it takes back is told, and one on a broken connection is taken back", async () => {
  await using emulator = await startDeepgramEmulator();
  await using caller = listen(deepgram(emulator, {}));
  await caller.next("ready");
  const [session] = emulator.flux.sessions;
  const info = (event: string, transcript: string) =>
    session?.send(JSON.stringify({ type: "TurnInfo", turn_index: 0, event, transcript }));
  info("StartOfTurn", "");
  info("EagerEndOfTurn", "two people");
  info("TurnResumed", "two people and");
  expect((await caller.next("resumed")).type).toBe("resumed");
  info("EagerEndOfTurn", "two people and a dog");
  await caller.next("eagerEnd");
  session?.close(1011);
  await caller.next("resumed");
  await caller.next("interrupted");
  await caller.next("ready");
});

test("a turn that Flux never ends is told when the next begins, and an end that comes twice once", async () => {
  await using emulator = await startDeepgramEmulator();
  await using caller = listen(deepgram(emulator, {}));
  await caller.next("ready");
  const info = (turn_index: number, event: string, transcript: string) =>
    emulator.flux.sessions[0]?.send(JSON.stringify({ type: "TurnInfo", turn_index, event, transcript }));
  info(0, "Update", "never ended");
  info(1, "StartOfTurn", "");
  info(0, "EndOfTurn", "never ended, said late");
  info(1, "EndOfTurn", "the second");
  info(1, "EndOfTurn", "the second");
  info(2, "EndOfTurn", "the third");
  await caller.until(() => caller.finals.length === 3);
  expect(caller.finals).toEqual(["never ended", "the second", "the third"]);
});

test("a carrier that stops sending in the middle of a turn does not keep Flux's turn open", async () => {
  await using emulator = await startDeepgramEmulator();
  emulator.flux.say("and then");
  await using caller = listen(deepgram(emulator, {}));
  caller.push(...speech(640));
  expect(await caller.next("final")).toMatchObject({ text: "and then" });
});

test("Flux is forced to an end by a commit, and only in a turn", async () => {
  await using emulator = await startDeepgramEmulator();
  emulator.flux.say("that is all");
  await using caller = listen(deepgram(emulator, {}));
  await caller.next("ready");
  caller.ear.commit();
  caller.push(...speech(640));
  await caller.next("speechStarted");
  caller.ear.commit();
  expect(await caller.next("final")).toMatchObject({ text: "that is all" });
  expect(emulator.flux.sessions[0]?.messages).toEqual([{ type: "ForceEndTurn" }]);
});

test.for([
  ["de-DE", {}, "flux", { model: "flux-general-multi", language_hint: "de" }],
  ["en-GB", {}, "flux", { model: "flux-general-en", language_hint: null }],
  ["en-GB", { model: "nova-2" }, "nova", { model: "nova-2", language: "en-GB" }],
  ["fr-FR", { model: "nova-3", language: "fr-FR" }, "nova", { model: "nova-3", language: "fr" }],
] as const)("a call in %s with %o goes to %s", async ([language, config, side, expected]) => {
  await using emulator = await startDeepgramEmulator();
  await using caller = listen(deepgram(emulator, config), language);
  await caller.next("ready");
  const query = emulator[side].sessions[0]?.url.searchParams;
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, query?.get(name) ?? null]))).toEqual(expected);
});

test.for(["nova", "flux"] as const)("%s: an error of the service and a refused key", async (side) => {
  await using emulator = await startDeepgramEmulator();
  emulator[side].faults({ finals: [{ fault: "failed", times: 1 }] });
  emulator[side].say("goes wrong", "goes right");
  await using caller = listen(deepgram(emulator, side === "nova" ? nova : {}));
  caller.push(...turn());
  await caller.next("interrupted");
  await caller.next("final");
  expect(caller.finals).toEqual(["goes right"]);
  emulator[side].faults({ connections: [{ fault: "refuse", status: 401 }] });
  emulator[side].sessions.at(-1)?.close(1006);
  expect(await caller.next("lost")).toMatchObject({ hint: "Check `streaming.providers.deepgram.apiKey`." });
});
