// The connection that all recognisers share: what it does when sockets fail, and what it leaves behind.
import { expect, test } from "vitest";
import type { UlawFrame } from "../../src/daemon/speech/transcriber.ts";
import { createTranscriber } from "../../src/daemon/speech/transcribers/create-transcriber.ts";
import { type OpenAiEmulator, startOpenAiEmulator } from "../../src/emulator/index.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { listen, runFast, silence, speech, testDeps, type TestDeps } from "./listening.ts";

function openAi(emulator: OpenAiEmulator, deps: TestDeps = testDeps(), model = "gpt-transcribe") {
  return createTranscriber("openai", { apiKey: emulator.apiKey, baseUrl: emulator.url, model }, deps);
}

const start = (): Promise<OpenAiEmulator> => startOpenAiEmulator({ hearing: { keepAudio: true } });

const turn = (voice = 0): UlawFrame[] => [...speech(600, voice), ...silence(600)];

test.for([401, 403] as const)(
  "a key refused with %i is lost at once and names the configuration key",
  async (status) => {
    await using emulator = await start();
    emulator.hearing.faults({ connections: [{ fault: "refuse", status }] });
    await using caller = listen(openAi(emulator));
    expect(await caller.next("lost")).toEqual({
      type: "lost",
      message: `OpenAI refused the key (HTTP ${status})`,
      hint: "Check `streaming.providers.openai.apiKey`.",
    });
    expect(emulator.hearing.attempts).toBe(1);
    expect(caller.events).toHaveLength(1);
  },
);

test("a key that no header can hold is lost with a way out, and nothing is thrown", async () => {
  await using emulator = await start();
  const config = { apiKey: `${emulator.apiKey}\n`, baseUrl: emulator.url };
  await using caller = listen(createTranscriber("openai", config, testDeps()));
  expect(caller.events).toEqual([]);
  const { message, hint } = await caller.next("lost");
  expect([message, hint]).toEqual([
    "OpenAI cannot be asked with this key and address",
    "Check `streaming.providers.openai.apiKey` and `baseUrl`.",
  ]);
});

test.for([429, 500, 503] as const)(
  "a busy service (%i) is asked again, and what was said meanwhile is heard",
  async (status) => {
    await using emulator = await start();
    emulator.hearing.faults({ connections: [{ fault: "refuse", status, times: 2 }] });
    emulator.hearing.say("still there");
    await using caller = listen(openAi(emulator));
    caller.push(...turn());
    await caller.next("final");
    expect(caller.events.map(({ type }) => type).slice(0, 2)).toEqual(["interrupted", "ready"]);
    expect(caller.finals).toEqual(["still there"]);
    expect(emulator.hearing.attempts).toBe(3);
  },
);

test("it gives up after five more tries, further and further apart", async () => {
  await using emulator = await start();
  const clock = createManualClock();
  const began = clock.now();
  emulator.hearing.faults({ connections: [{ fault: "refuse", status: 429 }] });
  await using caller = listen(openAi(emulator, testDeps(clock)));
  await runFast(clock, () => caller.events.at(-1)?.type === "lost");
  expect(caller.events.at(-1)).toMatchObject({ hint: "OpenAI allows no more sessions at a time." });
  expect(emulator.hearing.attempts).toBe(6);
  expect(clock.now() - began).toBeGreaterThanOrEqual(250 + 500 + 1000 + 2000 + 4000);
  expect(caller.events.map(({ type }) => type)).toEqual(["interrupted", "lost"]);
  expect(clock.waiting).toBe(0);
});

test.for(["hang", "mute"] as const)("a service that never answers (%s) is given up within 10 s", async (fault) => {
  await using emulator = await start();
  const clock = createManualClock();
  emulator.hearing.faults({ connections: [{ fault }] });
  await using caller = listen(openAi(emulator, testDeps(clock)));
  await runFast(clock, () => caller.events.at(-1)?.type === "lost", 10_500);
  expect(caller.events.map(({ type }) => type)).toEqual(["interrupted", "lost"]);
});

test("a service that cannot be reached is given up within 10 s", async () => {
  const gone = await start();
  await gone[Symbol.asyncDispose]();
  const clock = createManualClock();
  await using caller = listen(openAi(gone, testDeps(clock)));
  await runFast(clock, () => caller.events.at(-1)?.type === "lost", 10_500);
  expect(caller.events[0]).toEqual({ type: "interrupted", message: "OpenAI: ECONNREFUSED" });
});

test.for([1000, 1006, 1011])("a connection that ends in the middle of a turn (%i) loses nothing", async (code) => {
  await using emulator = await start();
  emulator.hearing.faults({ connections: [{ fault: "close", afterAudioMs: 400, code, times: 1 }] });
  emulator.hearing.say("the beginning", "the beginning and the end");
  await using caller = listen(openAi(emulator));
  await caller.next("ready");
  caller.push(...speech(500, 1), ...speech(500, 2), ...silence(600));
  await caller.next("final");
  expect(caller.finals).toEqual(["the beginning and the end"]);
  const [, second] = emulator.hearing.sessions;
  expect(second?.audioMs).toBe(1600);
  expect(caller.events.filter(({ type }) => type === "interrupted")).toHaveLength(1);
});

test("what is already words is not heard a second time", async () => {
  await using emulator = await start();
  emulator.hearing.say("one", "two");
  await using caller = listen(openAi(emulator));
  caller.push(...turn(1));
  await caller.next("final");
  emulator.hearing.sessions[0]?.close(1006);
  await caller.next("interrupted");
  caller.push(...turn(2));
  await caller.next("final");
  expect(caller.finals).toEqual(["one", "two"]);
  // Only the silence that the service had not finished with comes again.
  expect(emulator.hearing.sessions[1]?.audioMs).toBeLessThanOrEqual(1400);
});

test("a turn whose words never came is heard again on the next connection", async () => {
  await using emulator = await start();
  emulator.hearing.faults({ finals: [{ fault: "missing", times: 1 }] });
  emulator.hearing.say("lost on the way", "heard again");
  await using caller = listen(openAi(emulator));
  caller.push(...turn());
  await caller.next("partial");
  emulator.hearing.sessions[0]?.close(1011);
  await caller.next("final");
  expect(caller.finals).toEqual(["heard again"]);
});

test("a commit made while there is no connection is made on the next one", async () => {
  await using emulator = await start();
  emulator.hearing.faults({ connections: [{ fault: "refuse", status: 503, times: 1 }] });
  emulator.hearing.say("first", "second");
  await using caller = listen(openAi(emulator, testDeps(), "gpt-live-transcribe"));
  caller.push(...speech(400));
  caller.ear.commit();
  caller.push(...speech(400));
  caller.ear.commit();
  await caller.until(() => caller.finals.length === 2);
  expect(caller.finals).toEqual(["first", "second"]);
});

test("a long outage keeps the last 15 s and counts the rest", async () => {
  await using emulator = await start();
  const deps = testDeps();
  emulator.hearing.faults({ connections: [{ fault: "refuse", status: 503, times: 1 }] });
  await using caller = listen(openAi(emulator, deps));
  await caller.next("interrupted");
  caller.push(...silence(20_000));
  await caller.next("ready");
  await emulator.hearing.waitFor(() => emulator.hearing.sessions[0]?.audioMs === 15_000);
  emulator.hearing.faults({ connections: [{ fault: "refuse", status: 401 }] });
  emulator.hearing.sessions[0]?.close(1011);
  await caller.next("lost");
  expect(deps.lines.at(-1)?.fields).toMatchObject({ droppedMs: 5000 });
});

test("a service that takes audio and says nothing is noticed, tried once more, and lost within 10 s", async () => {
  await using emulator = await start();
  const clock = createManualClock();
  emulator.hearing.faults({ connections: [{ fault: "deaf" }] });
  await using caller = listen(openAi(emulator, testDeps(clock), "gpt-live-transcribe"));
  await caller.next("ready");
  const began = clock.now();
  caller.push(...speech(600));
  caller.ear.commit();
  await clock.advance(4500);
  await caller.next("interrupted");
  await clock.advance(250);
  await caller.next("ready");
  await clock.advance(4500);
  await caller.next("lost");
  expect(clock.now() - began).toBeLessThan(10_000);
});
