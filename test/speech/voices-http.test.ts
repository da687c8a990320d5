import { describe, expect, onTestFinished, test } from "vitest";
import type { CallError } from "../../src/call/error.ts";
import { systemClock } from "../../src/daemon/deps.ts";
import type { Synthesiser } from "../../src/daemon/speech/synthesiser.ts";
import { createElevenlabs } from "../../src/daemon/speech/voices/elevenlabs.ts";
import { createOpenaiSpeech } from "../../src/daemon/speech/voices/openai-speech.ts";
import type { VoiceFault } from "../../src/emulator/speech/voice-faults.ts";
import { wordCodes } from "../../src/emulator/speech/tone-speech.ts";
import {
  type ElevenLabsEmulator,
  type OpenAiEmulator,
  type SpeakingOptions,
  startElevenLabsEmulator,
  startOpenAiEmulator,
} from "../../src/emulator/index.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { listen, never, wordsIn } from "./heard-words.ts";

const sentence = "The quick brown fox jumps over the lazy dog, twice.";

const makers = {
  openai: (url: string, clock = systemClock, key = apiKey) =>
    createOpenaiSpeech(
      {
        id: "openai",
        settings: "tts.openai",
        apiKey: key,
        baseUrl: url,
        model: "gpt-4o-mini-tts",
        voice: "marin",
        instructions: undefined,
        speed: undefined,
      },
      clock,
    ),
  elevenlabs: (url: string, clock = systemClock, key = apiKey) =>
    createElevenlabs(
      {
        id: "elevenlabs",
        settings: "tts.elevenlabs",
        apiKey: key,
        baseUrl: url,
        voiceId: "voice-1",
        modelId: "eleven_flash_v2_5",
        voiceSettings: { similarity_boost: 0.8 },
      },
      clock,
    ),
};

const apiKey = "sk-emulated-0123456789abcdef";

type Emulator = OpenAiEmulator | ElevenLabsEmulator;

async function emulatorOf(id: string, speaking: SpeakingOptions = {}, faults: VoiceFault[] = []): Promise<Emulator> {
  const emulator = await (id === "openai" ? startOpenAiEmulator : startElevenLabsEmulator)({ apiKey, speaking });
  onTestFinished(() => emulator[Symbol.asyncDispose]());
  emulator.speaking.faults(faults);
  return emulator;
}

function used(voice: Synthesiser): Synthesiser {
  onTestFinished(() => voice[Symbol.asyncDispose]());
  return voice;
}

async function failureOf(voice: Synthesiser, text = sentence): Promise<CallError> {
  return listen(voice.speak(text, never)).then(
    () => expect.fail("it spoke"),
    (error: unknown) => error as CallError,
  );
}

describe.each(Object.entries(makers))("%s", (id, make) => {
  test("speaks every word, whatever lengths the pieces come in", async () => {
    const server = await emulatorOf(id, {}, [{ fault: "odd-pieces", times: 1 }]);
    const voice = used(make(server.url));
    for (const _turn of ["odd pieces", "whole"]) {
      const audio = await listen(voice.speak(sentence, never));
      expect(wordsIn(audio)).toEqual(wordCodes(sentence));
      expect(audio.length / 8).toBeCloseTo(sentence.length * 60, -1);
    }
    expect(server.connections, "the connection is kept for the next sentence").toBe(1);
  });

  test("hands on the first audio while the rest is being made", async () => {
    const server = await emulatorOf(id, {}, [{ fault: "stall", afterMs: 200 }]);
    const audio = used(make(server.url)).speak(sentence, never)[Symbol.asyncIterator]();
    expect((await audio.next()).value?.length).toBeGreaterThan(0);
    expect(server.speaking.pieces[0]?.state).toBe("speaking");
    await audio.return?.();
    await expect.poll(() => server.speaking.pieces[0]?.state === "aborted" && server.connections).toBe(0);
  });

  test.each([
    ["before the answer", { fault: "never-answers" }],
    ["before the first byte", { fault: "stall", afterMs: 0 }],
    ["in the middle", { fault: "stall", afterMs: 400 }],
  ] as const)("stops at once %s when it is told to, and closes the connection", async (_when, fault) => {
    const server = await emulatorOf(id, {}, [fault]);
    const stop = new AbortController();
    const audio = listen(used(make(server.url)).speak(sentence, stop.signal));
    await server.speaking.waitFor(() => server.speaking.pieces.length === 1);
    stop.abort();
    expect(wordsIn(await audio).length).toBeLessThan(wordCodes(sentence).length);
    await expect.poll(() => server.speaking.pieces[0]?.state === "aborted" && server.connections).toBe(0);
  });

  test("asks for nothing when it is stopped before it began", async () => {
    const server = await emulatorOf(id);
    expect(await listen(used(make(server.url)).speak(sentence, AbortSignal.abort()))).toHaveLength(0);
    expect(server.speaking.pieces).toHaveLength(0);
  });

  test.each([408, 409, 429, 500, 503])("asks once more after a %d, and is heard", async (status) => {
    const server = await emulatorOf(id, {}, [{ fault: "refuse", status, times: 1 }]);
    const audio = await listen(used(make(server.url)).speak(sentence, never));
    expect(wordsIn(audio)).toEqual(wordCodes(sentence));
    expect(server.speaking.pieces.map((piece) => piece.state)).toEqual(["refused", "finished"]);
  });

  test.each([
    [{ fault: "refuse", status: 500 }, 2, /HTTP 500/],
    [{ fault: "refuse", status: 401 }, 1, /HTTP 401/],
    [{ fault: "refuse", status: 404, code: "voice_not_found" }, 1, /HTTP 404.*voice_not_found/],
    [{ fault: "refuse", status: 429, code: "insufficient_quota" }, 1, /insufficient_quota/],
    [{ fault: "hang-up" }, 1, /cannot be reached/],
    [{ fault: "close", afterMs: 300 }, 1, /cannot be reached/],
    [{ fault: "error-as-audio", content: "json" }, 1, /in place of speech/],
    [{ fault: "error-as-audio", content: "html" }, 1, /in place of speech/],
  ] as const)(
    "says what is wrong after %o, in %d orders, without the key or the text",
    async (fault, orders, message) => {
      const server = await emulatorOf(id, {}, [fault]);
      const error = await failureOf(used(make(server.url)));
      expect(error).toMatchObject({ code: "SPEECH_FAILED" });
      expect(error.message).toMatch(message);
      expect(server.speaking.pieces).toHaveLength(orders);
      expect(JSON.stringify([error, error.stack])).not.toMatch(/sk-emulated|brown fox/);
    },
  );

  test("tells what to mend when the key is wrong", async () => {
    const server = await emulatorOf(id);
    const error = await failureOf(used(make(server.url, systemClock, "sk-mistyped-key-value")));
    expect(error.hint).toBe(`check tts.${id}.apiKey: ${id} does not accept it`);
    expect(JSON.stringify([error, error.stack])).not.toContain("sk-mistyped");
  });

  test.each([
    ["never answers", { fault: "never-answers" }, 10_000, /did not answer/],
    ["stalls before the first byte", { fault: "stall", afterMs: 0 }, 3000, /stopped in the middle/],
    ["stalls in the middle", { fault: "stall", afterMs: 400 }, 3000, /stopped in the middle/],
  ] as const)("gives up a service that %s", async (_what, fault, afterMs, message) => {
    const server = await emulatorOf(id, {}, [fault]);
    const clock = createManualClock();
    const heard: Buffer[] = [];
    const failed = (async () => {
      for await (const piece of used(make(server.url, clock)).speak(sentence, never)) heard.push(Buffer.from(piece));
    })().catch((error: unknown) => error);
    const sentMs = "afterMs" in fault ? fault.afterMs : 0;
    // What was sent is heard but for the last 2 ms, which the filter keeps.
    await expect
      .poll(() => server.speaking.pieces.length > 0 && Buffer.concat(heard).length / 8 >= sentMs - 3)
      .toBe(true);
    if ("afterMs" in fault) await expect.poll(() => clock.waiting).toBe(1);
    await clock.advance(afterMs);
    expect(await failed).toMatchObject({ code: "SPEECH_FAILED", message: expect.stringMatching(message) });
    await expect.poll(() => server.connections).toBe(0);
  });

  test("a reader that takes its time is no stall of the service", async () => {
    const server = await emulatorOf(id, { pace: 1000 });
    const clock = createManualClock();
    const heard: Buffer[] = [];
    for await (const piece of used(make(server.url, clock)).speak(sentence, never)) {
      heard.push(Buffer.from(piece));
      await clock.advance(60_000);
    }
    expect(wordsIn(Buffer.concat(heard))).toEqual(wordCodes(sentence));
  });

  test("survives an answer that comes twice", async () => {
    const server = await emulatorOf(id, {}, [{ fault: "answers-twice" }]);
    const voice = used(make(server.url));
    for (const _turn of [1, 2, 3])
      expect(wordsIn(await listen(voice.speak(sentence, never)))).toEqual(wordCodes(sentence));
  });

  test("has a connection open before the first words, and holds none when it is done", async () => {
    const server = await emulatorOf(id);
    const voice = make(server.url);
    voice.warmUp?.();
    await server.speaking.waitFor(() => server.speaking.warmUps === 1);
    await expect.poll(() => server.connections).toBe(1);
    await listen(voice.speak(sentence, never));
    expect(server.connections).toBe(1);
    await voice[Symbol.asyncDispose]();
    await expect.poll(() => server.connections).toBe(0);
  });

  test("a connection that the service closed meanwhile costs no sentence", async () => {
    const first = await emulatorOf(id);
    const voice = used(make(first.url));
    await listen(voice.speak(sentence, never));
    first.closeIdle();
    expect(wordsIn(await listen(voice.speak(sentence, never)))).toEqual(wordCodes(sentence));
    await first[Symbol.asyncDispose]();
    expect(await failureOf(voice)).toMatchObject({ code: "SPEECH_FAILED", hint: expect.stringContaining("baseUrl") });
  });
});

test.each([
  [{ container: "pcm", rateHz: 16_000 }],
  [{ container: "pcm", rateHz: 8000 }],
  [{ container: "pcm", rateHz: 44_100 }],
  [{ container: "pcm", rateHz: 24_000, contentType: "application/octet-stream" }],
  [{ container: "wav", rateHz: 22_050 }],
  [{ container: "wav", rateHz: 48_000, contentType: "audio/pcm" }],
] as const)("a compatible server's audio is understood: %o", async (audio) => {
  const server = await emulatorOf("openai", { audio }, [{ fault: "odd-pieces", times: 1 }]);
  const voice = used(makers.openai(server.url));
  for (const _turn of ["odd pieces", "whole"])
    expect(wordsIn(await listen(voice.speak(sentence, never)))).toEqual(wordCodes(sentence));
});
