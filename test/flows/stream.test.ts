import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { StoredEvent } from "../../src/call/event.ts";
import type { AnswerTurn, VoiceCall } from "../../src/client/index.ts";
import type { EmulatedCall } from "../../src/emulator/index.ts";
import { ended, eventOf, eventually, gone, logOf } from "../support/daemon.ts";
import { createStreamingHome, loudMs, spokenUlaw, type StreamingHome } from "../support/streaming.ts";
import { ours, publicUrl, theirs } from "../support/twilio.ts";

interface Conversation extends AsyncDisposable {
  voice: VoiceCall;
  call: EmulatedCall;
  callId: string;
  until(fits: (event: StoredEvent) => boolean): Promise<StoredEvent>;
}

async function callIn(home: StreamingHome, answer: AnswerTurn): Promise<Conversation> {
  const voice = await home.connect();
  const stop = new AbortController();
  const answering = voice.turns.answer(answer, { signal: stop.signal });
  const statusCallbackUrl = `${publicUrl}?kind=status`;
  const call = home.twilio.inbound({ from: theirs, to: ours, voiceUrl: publicUrl, statusCallbackUrl });
  await eventually(async () => (await voice.calls.list()).length > 0);
  const callId = (await voice.calls.list())[0]?.callId ?? "";
  return {
    voice,
    call,
    callId,
    until: (fits) => eventOf(voice, callId, fits, 15_000),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await answering;
    },
  };
}

const played = (utteranceId: string) => (event: StoredEvent) =>
  event.type === "utterance.played" && event.utteranceId === utteranceId;

const story =
  "Once upon a time there was a telephone that rang and rang, and nobody in the whole house wanted to answer it at all.";

test("a spoken conversation: greeted, understood, answered sentence by sentence, and hung up after the farewell", async () => {
  await using home = await createStreamingHome({ inboundGreeting: "Hello, this is the assistant speaking." });
  await using talk = await callIn(home, async (turn) => {
    await turn.say("It is nine o'clock. ");
    turn.endCall();
    return "Goodbye.";
  });
  home.openai.hearing.say("What time is it?");
  await talk.until(played("u1"));
  await talk.call.audio.speak(spokenUlaw("What time is it?"));
  expect(await ended(talk.voice, talk.callId)).toMatchObject({ reason: "hangup-bot" });
  const view = await talk.voice.calls.get(talk.callId);
  expect(view?.transcript.map(({ speaker, text }) => `${speaker}: ${text}`)).toEqual([
    "bot: Hello, this is the assistant speaking.",
    "user: What time is it?",
    "bot: It is nine o'clock.",
    "bot: Goodbye.",
  ]);
  const timed = (await logOf(talk.voice, talk.callId)).find((event) => event.type === "turn.timed");
  expect(Object.keys(timed?.type === "turn.timed" ? timed.times : {})).toEqual([
    "endDecided",
    "transcript",
    "offered",
    "firstToken",
    "toVoice",
    "firstByte",
    "firstFrame",
    "heard",
  ]);
  expect(talk.call.warnings).toEqual([]);
  expect(home.openai.hearing.complaints).toEqual([]);
});

test("who speaks into our words is listened to: the voice stops, the run is aborted, and only what was heard counts", async () => {
  await using home = await createStreamingHome();
  const aborted: string[] = [];
  await using talk = await callIn(home, async (turn) => {
    if (turn.text !== "Tell me a story") return "Of course.";
    turn.signal.addEventListener("abort", () => aborted.push(turn.text));
    await turn.say(`${story} `);
    await new Promise((resolve) => turn.signal.addEventListener("abort", resolve));
    return "The end.";
  });
  home.openai.hearing.say("Tell me a story", "Wait, something shorter please");
  await talk.until((event) => event.type === "line.ready");
  await talk.call.audio.speak(spokenUlaw("Tell me a story"));
  await eventually(() => loudMs(talk.call) > 1500);
  await talk.call.audio.speak(spokenUlaw("Wait, something shorter please"));
  const cut = await talk.until((event) => event.type === "utterance.cut");
  await talk.until((event) => event.type === "utterance.played");
  talk.voice.calls.hangUp(talk.callId).catch(() => undefined);
  await ended(talk.voice, talk.callId);
  expect(aborted).toEqual(["Tell me a story"]);
  expect(cut).toMatchObject({ byCaller: true, clearMs: expect.any(Number) });
  const lines = (await talk.voice.calls.get(talk.callId))?.transcript ?? [];
  const told = lines.find(({ text }) => text.startsWith("Once"))?.text ?? "";
  expect(story.startsWith(told)).toBe(true);
  expect(told.length).toBeGreaterThan(15);
  expect(told.length).toBeLessThan(story.length);
  expect(lines.map(({ text }) => text).slice(-2)).toEqual(["Wait, something shorter please", "Of course."]);
});

test("a cough pauses us, and we go on where the caller stopped hearing us", async () => {
  await using home = await createStreamingHome();
  await using talk = await callIn(home, async () => story);
  home.openai.hearing.say("Tell me a story", "");
  await talk.until((event) => event.type === "line.ready");
  await talk.call.audio.speak(spokenUlaw("Tell me a story"));
  await eventually(() => loudMs(talk.call) > 1500);
  await talk.call.audio.speak(spokenUlaw("ahem").subarray(0, 4000));
  await eventually(async () => (await talk.voice.calls.get(talk.callId))?.state === "listening");
  const whole = spokenUlaw(story).length / 8;
  expect(talk.call.audio.streams[0]?.received.clear).toBe(1);
  expect(loudMs(talk.call)).toBeGreaterThan(0.9 * whole);
  const lines = (await talk.voice.calls.get(talk.callId))?.transcript.filter(({ speaker }) => speaker === "bot");
  expect(lines?.map(({ text }) => text).join(" ")).toBe(story);
});

test("a daemon that is killed in the middle of a sentence takes the call up again, and says the sentence again", async () => {
  await using home = await createStreamingHome({ inboundGreeting: story });
  await using talk = await callIn(home, async () => "Yes.");
  await eventually(() => loudMs(talk.call) > 1000);
  await home.kill();
  const again = await home.connect();
  await eventOf(again, talk.callId, played("u1"), 20_000);
  expect(talk.call.audio.streams).toHaveLength(2);
  expect((await again.calls.get(talk.callId))?.transcript).toHaveLength(1);
});

test("a daemon that is told to end with a stream up does so, and the next one takes the call up", async () => {
  await using home = await createStreamingHome({ inboundGreeting: story });
  await using talk = await callIn(home, async () => "Yes.");
  await eventually(() => loudMs(talk.call) > 500);
  const { pid = 0 } = (await home.record()) ?? {};
  process.kill(pid, "SIGTERM");
  await gone(pid);
  const again = await home.connect();
  await eventOf(again, talk.callId, played("u1"), 20_000);
  expect(talk.call.audio.streams).toHaveLength(2);
});

test("streams that are switched off in the middle of a call leave it its own", async () => {
  await using home = await createStreamingHome({ inboundGreeting: "Hello, this is the assistant speaking." });
  await using talk = await callIn(home, async () => "It is nine o'clock.");
  home.openai.hearing.say("What time is it?");
  await talk.until(played("u1"));
  const { config } = JSON.parse(await readFile(home.configFile, "utf8")).plugins.entries["voice-call"];
  await home.configure({ ...config, streaming: { ...config.streaming, enabled: false } });
  await talk.voice.system.reload();
  await talk.call.audio.speak(spokenUlaw("What time is it?"));
  await talk.until((event) => event.type === "utterance.played" && event.utteranceId !== "u1");
  expect((await logOf(talk.voice, talk.callId)).map(({ type }) => type)).not.toContain("stream.abandoned");
});

test("a recogniser that refuses us is told to the caller in time, and the carrier's own listens", async () => {
  await using home = await createStreamingHome({ inboundGreeting: "Hello there." });
  const { config } = JSON.parse(await readFile(home.configFile, "utf8")).plugins.entries["voice-call"];
  const openai = { ...config.streaming.providers.openai, apiKey: "wrong" };
  await home.configure({ ...config, streaming: { ...config.streaming, providers: { openai } } });
  await using talk = await callIn(home, async () => "It is nine o'clock.");
  const answered = await talk.until((event) => event.type === "call.answered");
  const abandoned = await talk.until((event) => event.type === "stream.abandoned");
  expect(abandoned.at - answered.at).toBeLessThan(10_000);
  await eventually(() => home.twilio.say(talk.call.sid, "What time is it?"));
  await talk.until((event) => event.type === "caller.spoke");
  const told = (await talk.voice.calls.get(talk.callId))?.transcript.map(({ text }) => text);
  expect(told).toContain("What time is it?");
});
