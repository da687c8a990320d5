import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CallEvent, StoredEvent } from "../../src/call/event.ts";
import type { CallActor, Decision } from "../../src/daemon/calls/actor.ts";
import { createTwilioCodec } from "../../src/daemon/carriers/twilio/stream-codec.ts";
import type { MediaSocket } from "../../src/daemon/carriers/media.ts";
import { MediaEngine } from "../../src/daemon/media/engine.ts";
import { Ticker } from "../../src/daemon/media/ticker.ts";
import { StreamLink } from "../../src/daemon/media/stream-link.ts";
import { TestCall } from "../call/calls.ts";
import { eventually } from "../support/daemon.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { streams } from "./staged-call.ts";

let stateDir = "";
beforeEach(async () => void (stateDir = await mkdtemp(join(tmpdir(), "engine-"))));
afterEach(() => rm(stateDir, { recursive: true }));

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

class Stage {
  readonly clock = createManualClock();
  readonly told: CallEvent[] = [];
  released = 0;
  ended: string[] = [];
  readonly engine: MediaEngine;
  readonly #actors = new Map<string, CallActor>();

  constructor() {
    this.engine = new MediaEngine({
      clock: this.clock,
      log,
      stateDir,
      registry: { find: (id) => this.#actors.get(id) },
      streamUrl: () => "wss://x",
      settings: () => ({
        speak: async function* () {
          yield new Uint8Array(1600);
        },
        warmUp: () => undefined,
        ear: {
          transcribers: [],
          language: "en",
          rules: { plainMs: 800, onsetMs: 250, minWords: 1, resumeMs: 2000 },
          newProbe: () => undefined,
        },
        protectMs: 0,
        maxRecordingBytes: 1e6,
        release: () => void this.released++,
      }),
      ended: (callId) => void this.ended.push(callId),
      carrierHears: () => true,
    });
  }

  call(callId: string): { end(): void; attach(): void } {
    const call = TestCall.inbound({ traits: streams, greeting: "Hello" }).tell({ type: "answered" });
    const tell = async (decisions: readonly Decision[]): Promise<void> => {
      for (const decide of decisions) this.told.push(...decide(call.state, call.at, false));
    };
    const state = { ...call.state, callId, recording: { files: [] } };
    const actor: Pick<CallActor, "callId" | "state" | "signal" | "tell"> = {
      callId,
      state,
      signal: new AbortController().signal,
      tell: async (decisions) => (await tell(decisions), { stored: [] }),
    };
    // The engine knows of an actor what is given here.
    this.#actors.set(callId, actor as CallActor);
    const socket: MediaSocket = {
      bufferedAmount: 0,
      send: () => undefined,
      close: () => undefined,
      listen: () => undefined,
    };
    const ended: StoredEvent<"call.ended"> = {
      type: "call.ended",
      reason: "completed",
      seq: 1,
      callId,
      callSeq: 9,
      at: 0,
      v: 1,
    };
    return {
      attach: () => void this.engine.attach(callId, new StreamLink(socket, createTwilioCodec(), "PCMU")),
      end: () => {
        this.#actors.delete(callId);
        this.engine.noticed(callId, ended);
      },
    };
  }
}

test("a call that ends while its recording is being opened leaves a finished file, and says so", async () => {
  const stage = new Stage();
  const call = stage.call("call-1");
  call.attach();
  call.end();
  await eventually(() => stage.told.some(({ type }) => type === "call.recorded"));
  expect(await readdir(join(stateDir, "recordings"))).toHaveLength(1);
});

test("a hundred calls one after the other leave no line, no timer and no voice in use", async () => {
  const stage = new Stage();
  for (let round = 0; round < 100; round++) {
    const call = stage.call(`call-${round}`);
    call.attach();
    if (round % 2 === 0) call.attach();
    await setImmediate();
    call.end();
    call.end();
  }
  await eventually(() => stage.told.filter(({ type }) => type === "call.recorded").length === 100);
  expect([stage.released, stage.engine.streaming, stage.clock.waiting]).toEqual([100, 0, 0]);
  expect(stage.ended).toContain("call-99");
});

test("a voice that is asked for by a call without a stream is refused, not taken for heard", async () => {
  const stage = new Stage();
  const order = { utteranceId: "u1", text: "Hello" };
  await expect(stage.engine.speak("call-x", order, new AbortController().signal)).rejects.toMatchObject({
    code: "CALL_NOT_LIVE",
  });
});

test("one call's defect does not cost the others their beat", async () => {
  const clock = createManualClock();
  const failures: unknown[] = [];
  let beats = 0;
  using ticker = new Ticker(clock, (error) => failures.push(error));
  ticker.add(() => {
    throw new Error("broken");
  });
  ticker.add(() => void beats++);
  await clock.advance(350);
  expect([beats, failures.length]).toEqual([3, 3]);
});

test("the engine is closed with a call on it", async () => {
  const stage = new Stage();
  stage.call("call-1").attach();
  await stage.clock.advance(350);
  expect(stage.clock.waiting).toBe(1);
  await stage.engine[Symbol.asyncDispose]();
  expect([stage.clock.waiting, stage.released]).toEqual([0, 1]);
});
