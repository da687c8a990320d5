import { expect, onTestFinished, test } from "vitest";
import type { CallError } from "../../src/call/error.ts";
import { type Clock, systemClock } from "../../src/daemon/deps.ts";
import type { Synthesiser, Ulaw } from "../../src/daemon/speech/synthesiser.ts";
import { createOpenaiReader } from "../../src/daemon/speech/voices/openai-reader.ts";
import { strayedWords } from "../../src/daemon/speech/voices/strayed-words.ts";
import { type OpenAiEmulator, type SpeakingOptions, startOpenAiEmulator } from "../../src/emulator/index.ts";
import { wordCodes } from "../../src/emulator/speech/tone-speech.ts";
import type { VoiceFault } from "../../src/emulator/speech/voice-faults.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { listen, never, wordsIn } from "./heard-words.ts";

const sentence = "The quick brown fox jumps over the lazy dog, twice.";

async function emulatorWith(faults: VoiceFault[] = [], speaking: SpeakingOptions = {}): Promise<OpenAiEmulator> {
  const emulator = await startOpenAiEmulator({ speaking });
  onTestFinished(() => emulator[Symbol.asyncDispose]());
  emulator.speaking.faults(faults);
  return emulator;
}

function readerOf(emulator: OpenAiEmulator, options: { clock?: Clock; key?: string; voice?: string } = {}) {
  const lines: string[] = [];
  const write = (fields: Record<string, unknown>, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const voice = createOpenaiReader(
    {
      id: "openai",
      settings: "tts.openai",
      apiKey: options.key ?? emulator.apiKey,
      baseUrl: emulator.url,
      model: "gpt-realtime-2.1-mini",
      voice: options.voice ?? "marin",
      instructions: undefined,
      speed: undefined,
    },
    { clock: options.clock ?? systemClock, log: { info: write, warn: write, error: write } },
  );
  onTestFinished(() => voice[Symbol.asyncDispose]());
  return { voice, lines };
}

async function failureOf(voice: Synthesiser): Promise<CallError> {
  return listen(voice.speak(sentence, never)).then(
    () => expect.fail("it spoke"),
    (error: unknown) => error as CallError,
  );
}

test("reads one text after the other over one connection", async () => {
  const emulator = await emulatorWith([{ fault: "odd-pieces", times: 1 }]);
  const { voice, lines } = readerOf(emulator);
  for (const text of [sentence, "Hello.", "Seven o'clock, then?"])
    expect(wordsIn(await listen(voice.speak(text, never)))).toEqual(wordCodes(text));
  expect(emulator.connections).toBe(1);
  expect(emulator.speaking.pieces.map(({ model, voice: name }) => [model, name])[0]).toEqual([
    "gpt-realtime-2.1-mini",
    "marin",
  ]);
  expect(lines).toEqual([]);
});

test("reads for several calls at once, each over its own connection, which are kept", async () => {
  const emulator = await emulatorWith();
  const { voice } = readerOf(emulator);
  const texts = ["First call here.", "Second one there.", "Third and last."];
  for (const _round of [1, 2]) {
    const heard = await Promise.all(texts.map((text) => listen(voice.speak(text, never))));
    expect(heard.map(wordsIn)).toEqual(texts.map(wordCodes));
  }
  expect(emulator.connections).toBe(3);
});

test("is connected before the first words", async () => {
  const emulator = await emulatorWith();
  const { voice } = readerOf(emulator);
  voice.warmUp?.();
  voice.warmUp?.();
  await expect.poll(() => emulator.connections).toBe(1);
  await listen(voice.speak(sentence, never));
  expect(emulator.connections).toBe(1);
  await voice[Symbol.asyncDispose]();
  await expect.poll(() => emulator.connections).toBe(0);
});

test("cancels what nobody wants any more, and reads the next over the same connection", async () => {
  const emulator = await emulatorWith([{ fault: "stall", afterMs: 500, times: 1 }]);
  const waits: number[] = [];
  const clock: Clock = {
    ...systemClock,
    after(ms, task) {
      waits.push(ms);
      return systemClock.after(ms, task);
    },
  };
  const { voice } = readerOf(emulator, { clock });
  const stop = new AbortController();
  const pieces: Ulaw[] = [];
  for await (const piece of voice.speak(sentence, stop.signal)) {
    pieces.push(piece);
    stop.abort();
  }
  expect(pieces).toHaveLength(1);
  await emulator.speaking.waitFor(() => emulator.speaking.pieces[0]?.state === "aborted");
  await expect.poll(() => waits.at(-1)).toBe(120_000);
  expect(wordsIn(await listen(voice.speak("And now?", never)))).toEqual(wordCodes("And now?"));
  expect(emulator.connections).toBe(1);
});

test("a text that is stopped before its first sound is none of the next one's", async () => {
  const emulator = await emulatorWith([{ fault: "never-answers", times: 1 }]);
  const { voice } = readerOf(emulator);
  const stop = new AbortController();
  const audio = listen(voice.speak(sentence, stop.signal));
  await emulator.speaking.waitFor(() => emulator.speaking.pieces.length === 1);
  stop.abort();
  expect(await audio).toHaveLength(0);
  await expect.poll(() => emulator.connections).toBe(0);
  expect(wordsIn(await listen(voice.speak("And now?", never)))).toEqual(wordCodes("And now?"));
});

test("takes nothing that comes twice or belongs to no text", async () => {
  const emulator = await emulatorWith([{ fault: "answers-twice" }]);
  const { voice } = readerOf(emulator);
  for (const text of [sentence, "Hello there.", "Goodbye."])
    expect(wordsIn(await listen(voice.speak(text, never)))).toEqual(wordCodes(text));
});

test.each([
  [{ fault: "refuse", status: 429, code: "rate_limit_exceeded" }, /rate_limit_exceeded/],
  [{ fault: "error-as-audio", content: "json" }, /server_error/],
  [{ fault: "hang-up" }, /closed the connection/],
  [{ fault: "close", afterMs: 300 }, /closed the connection/],
] as const)("says what is wrong after %o, and reads the next text", async (fault, message) => {
  const emulator = await emulatorWith([{ ...fault, times: 1 }]);
  const { voice } = readerOf(emulator);
  const error = await failureOf(voice);
  expect(error).toMatchObject({ code: "SPEECH_FAILED", message: expect.stringMatching(message) });
  expect(JSON.stringify([error, error.stack])).not.toMatch(/sk-emulated|brown fox/);
  expect(wordsIn(await listen(voice.speak("And now?", never)))).toEqual(wordCodes("And now?"));
});

test("tells what to mend when the key or the voice is wrong", async () => {
  const emulator = await emulatorWith();
  const wrongKey = await failureOf(readerOf(emulator, { key: "sk-mistyped-key-value" }).voice);
  expect(wrongKey.hint).toBe("check tts.openai.apiKey: openai does not accept it");
  expect(JSON.stringify([wrongKey, wrongKey.stack])).not.toContain("sk-mistyped");
  const wrongVoice = await failureOf(readerOf(emulator, { voice: "nobody" }).voice);
  expect(wrongVoice).toMatchObject({ hint: expect.stringContaining("tts.openai") });
});

test("a connection that died while it was kept costs no text", async () => {
  const emulator = await emulatorWith([{ fault: "empty", times: 0 }]);
  const { voice } = readerOf(emulator);
  await listen(voice.speak(sentence, never));
  emulator.speaking.faults([{ fault: "hang-up", times: 1 }]);
  expect(wordsIn(await listen(voice.speak("And now?", never)))).toEqual(wordCodes("And now?"));
  expect(emulator.speaking.pieces).toHaveLength(3);
});

test("gives up a session that goes quiet, and one that never opens", async () => {
  const emulator = await emulatorWith([{ fault: "stall", afterMs: 300, times: 1 }]);
  const clock = createManualClock();
  const { voice } = readerOf(emulator, { clock });
  const pieces: Ulaw[] = [];
  const failed = (async () => {
    for await (const piece of voice.speak(sentence, never)) pieces.push(piece);
  })().catch((error: unknown) => error);
  await expect.poll(() => pieces.length).toBeGreaterThan(0);
  await clock.advance(10_000);
  expect(await failed).toMatchObject({ code: "SPEECH_FAILED" });
  await expect.poll(() => emulator.connections).toBe(0);
  expect(clock.waiting).toBe(0);
});

test("a slow reader slows the service down, and is not taken for its silence", async () => {
  const long = Array.from({ length: 15 }, () => sentence).join(" ");
  const emulator = await emulatorWith([], { pace: 1000 });
  const clock = createManualClock();
  const { voice } = readerOf(emulator, { clock });
  const pieces: Ulaw[] = [];
  for await (const piece of voice.speak(long, never)) {
    if (pieces.length === 0)
      await expect.poll(() => (emulator.speaking.pieces[0]?.sentMs ?? 0) > 30_000, { timeout: 10_000 }).toBe(true);
    pieces.push(piece);
    if (pieces.length % 20 === 0 && pieces.length <= 200) await clock.advance(60_000);
  }
  expect(wordsIn(Buffer.concat(pieces))).toEqual(wordCodes(long));
});

test("keeps no connection that nobody has used for two minutes, or that is about to be ended", async () => {
  const emulator = await emulatorWith();
  const clock = createManualClock();
  const { voice } = readerOf(emulator, { clock });
  await listen(voice.speak(sentence, never));
  await clock.advance(121_000);
  await expect.poll(() => emulator.connections).toBe(0);
  for (let minute = 0; minute < 52; minute++) {
    await listen(voice.speak("Hello.", never));
    await clock.advance(60_000);
  }
  expect(emulator.speaking.pieces.every(({ state }) => state === "finished")).toBe(true);
  await expect.poll(() => emulator.connections).toBe(1);
  expect(clock.waiting).toBe(1);
});

test("notices when the model says something else, and logs no word of it", async () => {
  const emulator = await emulatorWith([{ fault: "strays", words: "Sure! Here you are: the quick red fox." }]);
  const { voice, lines } = readerOf(emulator);
  await listen(voice.speak(sentence, never));
  expect(lines).toEqual(['a voice strayed from its text {"voice":"openai","strayed":7}']);
  expect(strayedWords("Hello, World.", "hello world")).toBe(0);
  expect(strayedWords("One two three", "one three")).toBe(1);
  expect(strayedWords("", "anything at all")).toBe(3);
});
