// Live audio on the mock: its socket is inside the daemon, and needs neither a public URL nor a token.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CallView } from "../../src/call/view.ts";
import type { Latency } from "../../src/client/index.ts";
import { startOpenAiEmulator } from "../../src/emulator/index.ts";
import { createHome, ended, eventOf, eventually, logOf, type TestHome } from "../support/daemon.ts";
import { cli } from "../support/program.ts";
import { readStereo, soundMs } from "../support/recordings.ts";
import { spokenWav } from "../support/streaming.ts";

test("words are spoken over the mock's stream, and are heard when its marks say so", async () => {
  await using openai = await startOpenAiEmulator();
  const { url: baseUrl, apiKey } = openai;
  await using home = await createHome({
    provider: "mock",
    mock: { ringMs: 20 },
    streaming: { enabled: true, provider: "openai", providers: { openai: { apiKey, baseUrl } } },
  });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: "+15555550123", message: "Good morning.", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  await voice.calls.hangUp(callId);
  await ended(voice, callId);
  const log = await logOf(voice, callId);
  expect(log.map(({ type }) => type)).toEqual(expect.arrayContaining(["line.ready", "utterance.started"]));
  expect(log.find((event) => event.type === "utterance.played")).toMatchObject({ proof: "carrier" });
  expect(log.map(({ type }) => type)).not.toContain("stream.abandoned");
});

/** No carrier, no keys: the embedded voice speaks, and the mock tells what is said to it. */
const keyless = {
  provider: "mock",
  mock: { ringMs: 20 },
  inboundPolicy: "open",
  inboundGreeting: "Hello, how can I help you?",
  streaming: { enabled: true },
  recording: { enabled: true },
};

async function wavOf(home: TestHome, text: string): Promise<string> {
  const file = join(home.stateDir, "..", `${text.length}.wav`);
  await writeFile(file, spokenWav(text));
  return file;
}

const story =
  "Once upon a time there was a telephone that rang and rang. Nobody in the whole house wanted to answer it at all. So it rang on.";

test("a conversation by the command line without carrier and keys: heard, interrupted by a WAV, recorded in stereo", async () => {
  await using home = await createHome(keyless);
  const question = await wavOf(home, "Tell me a story please");
  const stop = await wavOf(home, "Wait, something shorter please, will you");
  const voice = await home.connect();
  const done = new AbortController();
  const answering = voice.turns.answer(async ({ text }) => (text.startsWith("Tell") ? story : "Of course."), {
    signal: done.signal,
  });
  const run = <T>(...argv: string[]) => cli<T>(home, argv);
  const { callId } = await run<CallView>("mock", "inbound", "--from", "+15555550199");
  await eventOf(voice, callId, (event) => event.type === "utterance.played" && event.utteranceId === "u1");
  const say = (wav: string, text: string) => run("mock", "say", "--call-id", callId, "--wav", wav, "--text", text);
  expect(await say(question, "Tell me a story please")).toEqual({ success: true });
  await eventOf(voice, callId, (event) => event.type === "turn.timed");
  await say(stop, "Wait, something shorter please");
  const short = await eventOf(
    voice,
    callId,
    (event) => event.type === "utterance.requested" && event.text === "Of course.",
  );
  const spoken = "utteranceId" in short ? short.utteranceId : "";
  await eventOf(voice, callId, (event) => event.type === "utterance.played" && event.utteranceId === spoken);
  await run("mock", "hangup", "--call-id", callId);
  await ended(voice, callId);
  done.abort();
  await answering;
  await eventually(async () => (await voice.calls.get(callId))?.recording?.files.length === 1);
  const { call } = await run<{ call: CallView }>("status", "--call-id", callId);
  const lines = call.transcript.map(({ speaker, text }) => `${speaker}: ${text}`);
  const [notice, greeting, asked, told = "", interruption, answer, ...more] = lines;
  expect([notice, greeting]).toEqual(["bot: This call is recorded.", "bot: Hello, how can I help you?"]);
  expect([asked, interruption, answer]).toEqual([
    "user: Tell me a story please",
    "user: Wait, something shorter please",
    "bot: Of course.",
  ]);
  expect(more).toEqual([]);
  expect(told.length).toBeLessThan(`bot: ${story}`.length);
  expect(call).toMatchObject({ streams: true, turns: [{ times: { firstFrame: expect.any(Number) } }, {}] });
  const cut = (await logOf(voice, callId)).find((event) => event.type === "utterance.cut");
  expect(cut?.type === "utterance.cut" ? cut.clearMs : 0).toBeLessThan(1000);

  const { file = "", durationMs } = call.recording?.files[0] ?? {};
  const { caller, ours } = await readStereo(file);
  expect(durationMs).toBeGreaterThan(5000);
  // Two questions of about two seconds each; the notice, the greeting, part of the story and the answer.
  expect(soundMs(caller)).toBeGreaterThan(2000);
  expect(soundMs(ours)).toBeGreaterThan(3000);
  const { stages } = await run<Latency>("latency");
  expect(stages).toMatchObject({ voiceLatency: { count: 2 }, endDecided: { count: 2 }, interrupt: { count: 1 } });
});

test("typed words interrupt as spoken ones do, and an assent does not", async () => {
  await using home = await createHome({
    ...keyless,
    streaming: { enabled: true, interruptions: { protectMs: 0 } },
    recording: { enabled: false },
    inboundGreeting: story,
  });
  const voice = await home.connect();
  const { callId } = await voice.mock.inbound({ from: "+15555550199" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  await voice.mock.say(callId, "Mhm");
  await voice.mock.say(callId, "Stop it");
  await eventOf(voice, callId, (event) => event.type === "caller.spoke");
  const log = await logOf(voice, callId);
  expect(log.find((event) => event.type === "utterance.cut")).toMatchObject({ byCaller: true });
  expect(log.flatMap((event) => (event.type === "caller.spoke" ? [event.text] : []))).toEqual(["Stop it"]);
});

test("an incoming call may begin with words, and `call --record` is refused where nothing streams", async () => {
  await using home = await createHome({ ...keyless, inboundGreeting: "" });
  const voice = await home.connect();
  const { callId } = await voice.mock.inbound({ from: "+15555550199", say: "Is anybody there?" });
  expect(await eventOf(voice, callId, (event) => event.type === "caller.spoke")).toMatchObject({
    text: "Is anybody there?",
  });
  await voice.calls.hangUp(callId);
  await home.configure({ ...keyless, streaming: { enabled: false }, recording: { enabled: false } });
  await expect(cli(home, ["call", "--to", "+15555550123", "-m", "Hi", "--record"])).rejects.toMatchObject({
    stderr: expect.stringContaining("only a call on a media stream can be recorded"),
  });
});

test.each([
  ["no file", "/nowhere/at-all.wav", "ENOENT"],
  ["a folder", "/tmp", "is no file"],
  ["no WAV", import.meta.filename, "WAV"],
])("a voice from %s is refused, and the call goes on", async (_what, file, why) => {
  await using home = await createHome(keyless);
  const voice = await home.connect();
  const { callId } = await voice.mock.inbound({ from: "+15555550199" });
  await expect(voice.mock.sayAudio(callId, file)).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining(why),
  });
  expect(await voice.calls.get(callId)).not.toHaveProperty("endedAt");
});

test("a voice on a call without a stream is refused with the way out", async () => {
  await using home = await createHome({ ...keyless, streaming: { enabled: false }, recording: { enabled: false } });
  const file = await wavOf(home, "Hello");
  const voice = await home.connect();
  const { callId } = await voice.mock.inbound({ from: "+15555550199" });
  await expect(voice.mock.sayAudio(callId, file, { text: "Hello" })).rejects.toMatchObject({
    code: "CALL_NOT_LIVE",
    hint: expect.stringContaining("streaming.enabled"),
  });
});
