// One user with a Gateway and voice on it: what the chapters act with.
import { strict as assert } from "node:assert";
import { connect, type CallView, type StoredEvent, type VoiceCall } from "../../../src/client/index.ts";
import { eventOf, eventually } from "../../support/daemon.ts";
import type { FakeModel } from "./fake-model.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import type { GatewayClient } from "./gateway-client.ts";
import { child, createHostHome, voiceSection, type HostHome, type Json } from "./host-home.ts";
import type { InstalledHost } from "./installed-host.ts";

export interface Stage extends AsyncDisposable {
  readonly home: HostHome;
  readonly gateway: Gateway;
  readonly model: FakeModel;
  /** Of the Gateway that runs now. */
  rpc(method: string, params?: Json): ReturnType<GatewayClient["call"]>;
  /** A client of the daemon that the Gateway started; it starts none itself. */
  voice(): Promise<VoiceCall>;
  /** Replaces keys of the plugin's section, in the file that the Gateway watches. */
  configure(changes: Json): Promise<void>;
  /** The same, and waits until the daemon goes by it; the file is saved again when the host has missed it. */
  applies(changes: Json): Promise<void>;
}

/** Numbers that nobody has. */
export const caller = "+15555550111";
export const otherCaller = "+15555550122";
export const callee = "+15555550133";

/** A mock line on which people speak fifty times as fast, and only when a test has them speak. */
export const quickMock = {
  provider: "mock",
  mock: { ringMs: 10, pace: 0.02, replyDelayMs: 10, replies: [] },
  inboundPolicy: "open",
  maxConcurrentCalls: 50,
  maxDurationSeconds: 1800,
  idle: { afterSeconds: 0 },
  // A Gateway takes its time to start again, longer than a caller should wait for a person's one.
  unattendedAfterMs: 120_000,
  responseTimeoutMs: 120_000,
  outbound: { notifyHangupDelaySec: 0 },
};

export async function createStage(host: InstalledHost, name: string, model: FakeModel): Promise<Stage> {
  const home = await createHostHome(host, name, model.url);
  const gateway = createGateway(home);
  const clients: VoiceCall[] = [];
  const stage: Stage = {
    home,
    gateway,
    model,
    rpc: (method, params = {}) => gateway.client.call(method, params),
    async voice() {
      const voice = await connect({ stateDir: home.voiceDir, autoStart: false });
      clients.push(voice);
      return voice;
    },
    configure: (changes) =>
      home.edit((config) => {
        Object.assign(voiceSection(config), changes);
        child(child(child(config, "plugins"), "entries"), "voice-call")["enabled"] = true;
      }),
    async applies(changes) {
      await using voice = await stage.voice();
      for (let left = appliesTries; ; left -= 1) {
        await stage.configure(changes);
        const applied = eventually(async () => holds(await voice.system.config(), changes), 10_000);
        if (left === 1) return applied;
        if (
          await applied.then(
            () => true,
            () => false,
          )
        )
          return;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
  return stage;
}

const appliesTries = 4;

/** Whether the configuration in force says what the changes say; it has more keys, with defaults. */
function holds(config: unknown, changes: unknown): boolean {
  if (typeof changes !== "object" || changes === null) return config === changes;
  if (typeof config !== "object" || config === null) return false;
  return Object.entries(changes).every(([key, value]) => holds((config as Json)[key], value));
}

/** Waits until a line of the Gateway's log fits. */
export function logs({ home }: Stage, line: RegExp): Promise<void> {
  return eventually(async () => (await home.log()).split("\n").some((each) => line.test(each)), 20_000).catch(() => {
    throw new Error(`the Gateway never logged ${line.source}`);
  });
}

export async function callOf(voice: VoiceCall, callId: string): Promise<CallView> {
  const call = await voice.calls.get(callId);
  assert(call !== undefined, `the daemon knows no call ${callId}`);
  return call;
}

/** Waits until all that was to be said has been heard, and the line is open. */
export function listening(voice: VoiceCall, callId: string, withinMs = 20_000): Promise<void> {
  return eventually(async () => (await callOf(voice, callId)).state === "listening", withinMs);
}

/** What we said on the call, in order. */
export async function saidOn(voice: VoiceCall, callId: string): Promise<string[]> {
  const { transcript } = await callOf(voice, callId);
  return transcript.filter(({ speaker }) => speaker === "bot").map(({ text }) => text);
}

export async function says(voice: VoiceCall, callId: string, text: string, withinMs = 90_000): Promise<void> {
  await eventually(async () => (await saidOn(voice, callId)).includes(text), withinMs).catch(async () => {
    throw new Error(`never said "${text}"; said: ${JSON.stringify(await saidOn(voice, callId))}`);
  });
}

type Ended = Extract<StoredEvent, { type: "call.ended" }>;

export async function endOf(voice: VoiceCall, callId: string, withinMs = 20_000): Promise<Ended> {
  const end = await eventOf(voice, callId, ({ type }) => type === "call.ended", withinMs);
  assert(end.type === "call.ended");
  return end;
}

export type Settled = Extract<StoredEvent, { type: "turn.settled" }>;

/** How the call's nth turn, from 1, was settled. */
export async function turnOf(voice: VoiceCall, callId: string, nth = 1, withinMs = 90_000): Promise<Settled> {
  let count = 0;
  const found = await eventOf(voice, callId, ({ type }) => type === "turn.settled" && ++count === nth, withinMs);
  assert(found.type === "turn.settled");
  return found;
}

/** A point in time that a test decides about. */
export interface Gate {
  open(): void;
  readonly opened: Promise<void>;
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

/** Settles when the model's request is given up by the host. */
export function givenUp(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
