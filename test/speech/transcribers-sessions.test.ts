// The sessions of all recognisers: how long they live, what bad ones may do, and what they leave behind.
import { getActiveResourcesInfo } from "node:process";
import { setImmediate as immediately } from "node:timers/promises";
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

test("a connection that takes no more audio is replaced, and what waits meanwhile is bounded", async () => {
  await using emulator = await start();
  const clock = createManualClock();
  emulator.hearing.faults({ connections: [{ fault: "stall", afterAudioMs: 20, times: 1 }] });
  await using caller = listen(openAi(emulator, testDeps(clock)));
  await caller.next("ready");
  caller.push(...silence(20));
  await emulator.hearing.waitFor(() => emulator.hearing.sessions[0]?.audioMs === 20);
  // More than the system's own buffers take.
  const much = silence(60_000);
  for (let round = 0; round < 20; round += 1) {
    caller.push(...much);
    await immediately();
  }
  for (let tick = 0; tick < 12 && caller.events.length === 1; tick += 1) await clock.advance(500);
  expect((await caller.next("interrupted")).message).toBe("OpenAI: it takes no more audio");
  await clock.advance(500);
  await caller.next("ready");
  await emulator.hearing.waitFor(() => (emulator.hearing.sessions[1]?.audioMs ?? 0) > 0);
  expect(emulator.hearing.sessions[1]?.audioMs).toBeLessThanOrEqual(15_000);
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
