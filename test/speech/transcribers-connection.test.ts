// The connection that all recognisers share: what it does when sockets fail, and what it leaves behind.
import { getActiveResourcesInfo } from "node:process";
import { expect, test } from "vitest";
import type { UlawFrame } from "../../src/daemon/speech/transcriber.ts";
import { createTranscriber } from "../../src/daemon/speech/transcribers/create-transcriber.ts";
import { type ConnectionFault, type OpenAiEmulator, startOpenAiEmulator } from "../../src/emulator/index.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { listen, runFast, silence, speech, testDeps, type TestDeps } from "./listening.ts";

function openAi(emulator: OpenAiEmulator, deps: TestDeps = testDeps(), model = "gpt-transcribe") {
  return createTranscriber("openai", { apiKey: emulator.apiKey, baseUrl: emulator.url, model }, deps);
}

const start = (): Promise<OpenAiEmulator> => startOpenAiEmulator({ hearing: { keepAudio: true } });

const minuteMs = 60_000;
/** Services that do not close a connection as they should. */
const stubborn: ConnectionFault[] = [
  { fault: "hang" },
  { fault: "mute" },
  { fault: "stall", afterAudioMs: 20 },
  { fault: "refuse", status: 503 },
];

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

test("a connection that shows no sign of life is replaced", async () => {
  await using emulator = await start();
  const clock = createManualClock();
  emulator.hearing.faults({ connections: [{ fault: "stall", afterAudioMs: 20, times: 1 }] });
  await using caller = listen(openAi(emulator, testDeps(clock)));
  await caller.next("ready");
  const began = clock.now();
  // A ping is answered before the stall begins.
  await runFast(clock, () => clock.now() - began >= 5000);
  caller.push(...silence(20));
  await emulator.hearing.waitFor(() => emulator.hearing.sessions[0]?.audioMs === 20);
  await runFast(clock, () => caller.events.length > 1, 11_000);
  expect((await caller.next("interrupted")).message).toContain("no sign of life");
  const closed = caller.ear[Symbol.asyncDispose]();
  await clock.advance(500);
  await closed;
});

test("a session is made anew in the first silence after 45 minutes", async () => {
  await using emulator = await start();
  const clock = createManualClock();
  await using caller = listen(openAi(emulator, testDeps(clock)));
  await caller.next("ready");
  await pass(clock, 44.9);
  expect(caller.events).toHaveLength(1);
  await pass(clock, 0.2);
  await caller.next("interrupted");
  await caller.next("ready");
  expect(emulator.hearing.sessions.map(({ open }) => open)).toEqual([false, true]);
});

test("somebody who speaks is not interrupted for a new session before 50 minutes", async () => {
  await using emulator = await start();
  const clock = createManualClock();
  const began = clock.now();
  await using caller = listen(openAi(emulator, testDeps(clock)));
  await caller.next("ready");
  await pass(clock, 44);
  caller.push(...speech(600));
  await caller.next("speechStarted");
  while (emulator.hearing.attempts < 2 && clock.now() - began < 55 * minuteMs) {
    emulator.hearing.sessions[0]?.send('{"type":"rate_limits.updated"}');
    caller.push(...speech(20));
    await clock.advance(500);
  }
  expect((clock.now() - began) / minuteMs).toBeCloseTo(50, 1);
});

test("a session at its limit is followed by another", async () => {
  await using emulator = await start();
  emulator.hearing.faults({ connections: [{ fault: "expire", afterMs: 60, times: 1 }] });
  emulator.hearing.say("after the limit");
  await using caller = listen(openAi(emulator));
  await caller.next("interrupted");
  await caller.next("ready");
  caller.push(...turn());
  await caller.next("final");
  expect(caller.finals).toEqual(["after the limit"]);
});

const unreadable: ConnectionFault[] = [{ fault: "garbage" }, { fault: "fragment", bytes: 7 }];

test.for(unreadable)("messages with $fault do no harm", async (fault) => {
  await using emulator = await start();
  emulator.hearing.faults({ connections: [fault] });
  emulator.hearing.say("one", "two", "three");
  await using caller = listen(openAi(emulator));
  for (const voice of [1, 2, 3]) {
    caller.push(...turn(voice));
    await caller.next("final");
  }
  expect(caller.finals).toEqual(["one", "two", "three"]);
  expect(caller.events.filter(({ type }) => type === "interrupted")).toEqual([]);
});

test("a service that closes each session at once does not keep us busy for ever", async () => {
  await using emulator = await start();
  emulator.hearing.faults({ connections: [{ fault: "expire", afterMs: 0 }] });
  const clock = createManualClock();
  await using caller = listen(openAi(emulator, testDeps(clock)));
  await runFast(clock, () => caller.events.at(-1)?.type === "lost");
  expect(emulator.hearing.attempts).toBeLessThanOrEqual(6);
});

test("closed in whatever state, it leaves neither timer nor socket and says nothing more", async () => {
  const sockets = (): number => getActiveResourcesInfo().filter((name) => name.startsWith("TCPSocketWrap")).length;
  const before = sockets();
  for (const fault of [undefined, ...stubborn]) {
    await using emulator = await start();
    const clock = createManualClock();
    emulator.hearing.faults({ connections: fault === undefined ? [] : [fault] });
    const caller = listen(openAi(emulator, testDeps(clock)));
    caller.push(...turn());
    await emulator.hearing.waitFor(() => emulator.hearing.attempts === 1);
    if (fault === undefined) await caller.next("final");
    else if (fault.fault === "refuse") await caller.next("interrupted");
    else if (fault.fault === "stall") await caller.next("ready");
    const heard = caller.events.length;
    const closed = caller.ear[Symbol.asyncDispose]();
    // A service that does not answer the close is cut off.
    await clock.advance(500);
    await closed;
    caller.push(...turn());
    caller.ear.commit();
    expect([fault, clock.waiting, caller.events.length]).toEqual([fault, 0, heard]);
  }
  await expect.poll(sockets).toBeLessThanOrEqual(before);
});

test("closing from within an event leaves nothing behind", async () => {
  await using emulator = await start();
  const clock = createManualClock();
  emulator.hearing.faults({ connections: [{ fault: "refuse", status: 503 }] });
  const closed = new Promise<void>((resolve) => {
    const ear = openAi(emulator, testDeps(clock)).open({
      language: "en",
      heard: () => void ear[Symbol.asyncDispose]().then(resolve),
    });
  });
  await closed;
  expect(clock.waiting).toBe(0);
  expect(emulator.hearing.attempts).toBe(1);
});

test("neither key nor words are in what it logs and says of failures", async () => {
  await using emulator = await start();
  const deps = testDeps();
  emulator.hearing.say("a secret meeting");
  await using caller = listen(openAi(emulator, deps));
  caller.push(...turn());
  await caller.next("final");
  for (const type of ["server_error", "insufficient_quota"]) {
    const error = { type, code: emulator.apiKey, message: `secret ${emulator.apiKey}` };
    emulator.hearing.sessions[0]?.send(JSON.stringify({ type: "error", error }));
  }
  emulator.hearing.sessions[0]?.send("no JSON, but a secret");
  await expect.poll(() => deps.lines.length).toBeGreaterThanOrEqual(2);
  emulator.hearing.faults({ connections: [{ fault: "refuse", status: 401 }] });
  emulator.hearing.sessions[0]?.close(1011);
  await caller.next("lost");
  const words = caller.events.filter(({ type }) => type !== "final" && type !== "partial");
  const shown = JSON.stringify([deps.lines, words]);
  expect(shown).not.toContain(emulator.apiKey);
  expect(shown).not.toContain("secret");
});

async function pass(clock: ReturnType<typeof createManualClock>, minutes: number): Promise<void> {
  for (let tick = 0; tick < minutes * 120; tick += 1) await clock.advance(500);
}
