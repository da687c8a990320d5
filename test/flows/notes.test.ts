import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { VoiceCall } from "../../src/client/index.ts";
import { tellOfCalls } from "../../src/plugin/notes/index.ts";
import { FakeLog } from "../plugin/agent/fake-host.ts";
import { createHome, ended, eventually } from "../support/daemon.ts";

const mock = {
  provider: "mock",
  mock: { ringMs: 10, pace: 0.02, replyDelayMs: 10 },
  maxConcurrentCalls: 9,
  outbound: { notifyHangupDelaySec: 0 },
};
const requesterSessionKey = "agent:main:telegram:42";
const order = { to: "+15555550123", message: "Your table is booked.", mode: "notify", requesterSessionKey } as const;

/** A Gateway that is told of calls, and may be stopped and begin again. */
class Gateway {
  readonly notes: { text: string; session: object }[] = [];
  readonly wakes: object[] = [];
  readonly emitted: { name: string; seq: number; type: string }[] = [];
  readonly log = new FakeLog();
  /** Thrown by the next note. */
  refusal: Error | undefined;
  /** Thrown by each event that is emitted. */
  deaf: Error | undefined;
  #stop = new AbortController();
  #telling: Promise<void> = Promise.resolve();

  start(voice: VoiceCall): void {
    this.#stop = new AbortController();
    this.#telling = tellOfCalls({
      voice,
      log: this.log,
      signal: this.#stop.signal,
      loadSdk: () => Promise.resolve({ runDetached: (work) => work(), defaultAgentId: () => "main" }),
      emit: (name, payload) => {
        if (this.deaf !== undefined) throw this.deaf;
        this.emitted.push({ name, ...(payload as { seq: number; type: string }) });
      },
      host: {
        runtime: {
          system: {
            enqueueSystemEvent: (text, session) => {
              const { refusal } = this;
              this.refusal = undefined;
              if (refusal !== undefined) throw refusal;
              this.notes.push({ text, session });
            },
            requestHeartbeat: (wake) => this.wakes.push(wake),
          },
        },
      },
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#telling;
  }

  /** Settles when the telling does, by itself. */
  settled(): Promise<void> {
    return this.#telling;
  }

  endsTold(): number {
    return this.emitted.filter(({ type }) => type === "call.ended").length;
  }
}

async function callOnce(voice: VoiceCall, command: Parameters<VoiceCall["calls"]["place"]>[0]): Promise<string> {
  const { callId } = await voice.calls.place(command);
  await ended(voice, callId);
  return callId;
}

test("the session that ordered a call is told once when it ended, and woken; others are not", async () => {
  await using home = await createHome(mock);
  const voice = await home.connect();
  await callOnce(voice, order);
  const gateway = new Gateway();
  gateway.start(voice);
  await eventually(async () => (await voice.system.health()).followers > 0);
  const { requesterSessionKey: _nobody, ...unasked } = order;
  await callOnce(voice, unasked);
  const callId = await callOnce(voice, order);
  await eventually(() => gateway.endsTold() === 2);
  await gateway.stop();
  expect(gateway.notes).toEqual([
    {
      text: expect.stringContaining('you: "Your table is booked."'),
      session: { sessionKey: requesterSessionKey, agentId: "main" },
    },
  ]);
  expect(gateway.wakes).toEqual([
    {
      source: "other",
      intent: "event",
      reason: `voice-call ${callId} ended`,
      sessionKey: requesterSessionKey,
      agentId: "main",
    },
  ]);
  expect(new Set(gateway.emitted.map(({ name }) => name))).toEqual(new Set(["call"]));
  expect(JSON.stringify(gateway.emitted)).not.toMatch(/table|5555550123/);
  expect(gateway.log.lines).toEqual([]);
});

test("over reloads, a killed daemon and calls in between nothing is told twice and nothing is missed", async () => {
  await using home = await createHome(mock);
  const gateway = new Gateway();
  let voice = await home.connect();
  for (let round = 0; round < 3; round++) {
    gateway.start(voice);
    await eventually(() => gateway.endsTold() === round * 2);
    await callOnce(voice, order);
    await eventually(() => gateway.endsTold() === round * 2 + 1);
    await gateway.stop();
    await callOnce(voice, order);
    if (round === 1) {
      await home.kill();
      voice = await home.connect();
    }
  }
  gateway.start(voice);
  await eventually(() => gateway.notes.length === 6);
  await gateway.stop();
  const seqs = gateway.emitted.map(({ seq }) => seq);
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  expect(gateway.notes.map(({ text }) => /callId (\S+)\)/.exec(text)?.[1])).toHaveLength(6);
  expect(new Set(gateway.notes.map(({ text }) => text)).size).toBe(6);
});

test("a client that is closed ends the telling", async () => {
  await using home = await createHome(mock);
  const voice = await home.connect();
  const gateway = new Gateway();
  gateway.start(voice);
  await eventually(async () => (await voice.system.health()).followers > 0);
  await voice[Symbol.asyncDispose]();
  await expect(gateway.settled()).resolves.toBeUndefined();
});

test("a host that refuses a note, a broken mark and a store made anew do not end the telling", async () => {
  await using home = await createHome(mock);
  const voice = await home.connect();
  const gateway = new Gateway();
  gateway.start(voice);
  await eventually(async () => (await voice.system.health()).followers > 0);
  gateway.refusal = new Error("no such session");
  await callOnce(voice, order);
  await callOnce(voice, order);
  await eventually(() => gateway.endsTold() === 2);
  await gateway.stop();
  expect(gateway.notes).toHaveLength(1);
  expect(gateway.log.lines).toEqual([expect.stringMatching(/was not told of call.ended: Error: no such session/)]);
  const mark = join(home.stateDir, "told.json");
  for (const broken of ["{", '{"seq":"x"}', '{"seq":999999}']) {
    await writeFile(mark, broken);
    gateway.start(voice);
    await eventually(async () => (await voice.system.health()).followers > 0);
    const before = gateway.notes.length;
    await callOnce(voice, order);
    await eventually(() => gateway.notes.length === before + 1);
    await gateway.stop();
  }
  gateway.start(voice);
  await eventually(async () => (await voice.system.health()).followers > 0);
  gateway.deaf = new Error("payload too large");
  await callOnce(voice, order);
  await eventually(() => gateway.notes.length === 5);
  gateway.deaf = undefined;
  await callOnce(voice, order);
  await eventually(() => gateway.notes.length === 6);
  await gateway.stop();
  expect(JSON.parse(await readFile(mark, "utf8"))).toEqual({ seq: gateway.emitted.at(-1)?.seq });
  await rm(mark);
});
