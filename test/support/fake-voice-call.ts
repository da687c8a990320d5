// A daemon's client without a daemon: records orders, and answers and events are set by the test.
import { CallError } from "../../src/call/error.ts";
import type { StoredEvent } from "../../src/call/event.ts";
import type { CallView } from "../../src/call/view.ts";
import type {
  Answer,
  Check,
  FollowOptions,
  Health,
  Latency,
  Pairing,
  TunnelStatus,
  VoiceCall,
} from "../../src/client/index.ts";

export const call: CallView = {
  callId: "call-abcdefgh12345678",
  providerCallId: "CA0001",
  provider: "mock",
  direction: "outbound",
  state: "listening",
  from: "+15550001234",
  to: "+15555550123",
  mode: "conversation",
  startedAt: 1_000_000,
  answeredAt: 1_003_000,
  transcript: [
    { timestamp: 1_004_000, speaker: "bot", text: "Hello!", isFinal: true },
    { timestamp: 1_005_000, speaker: "user", text: "Hi \u001B[31mthere", isFinal: true },
  ],
};

const health: Health = {
  pid: 4242,
  version: "0.1.0",
  protocol: 1,
  startedAt: 1_000_000,
  carrier: "twilio",
  liveCalls: 1,
  followers: 0,
  draining: false,
  lastSeq: 9,
  stateDir: "/state",
  configFile: "/openclaw.json",
  configSource: "file",
  webhook: { listening: "http://127.0.0.1:3334/voice/webhook", publicUrl: "https://voice.example.com/voice/webhook" },
  problems: [{ code: "CONFIG_INVALID", message: "fromNumber is missing", hint: "set fromNumber" }],
  memoryRssBytes: 52_428_800,
};

export class FakeVoiceCall implements VoiceCall {
  /** Every order, as its name and what came with it. */
  readonly orders: [string, ...unknown[]][] = [];
  /** Thrown by the next order instead of an answer. */
  failure: Error | undefined;
  /** What `follow` yields; it then waits for its signal unless `endless` is false. */
  script: StoredEvent[] = [];
  endless = true;
  live: CallView[] = [call];
  found: CallView | undefined = call;
  answer: () => Promise<Answer> = () => Promise.resolve({ transcript: "Tuesday." });
  stats: Latency = {
    turns: 2,
    stages: { reply: { count: 2, min: 10, avg: 15.4, p50: 12, p95: 20, p99: 20, max: 20 } },
  };
  /** Called when `follow` has yielded everything. */
  onIdle: () => void = () => undefined;
  disposed = false;
  pairings: Pairing[] = [{ state: "pending", number: "+15550000009", code: "123456", expiresAt: 1_900_000 }];

  tunnelStatus: TunnelStatus = {
    kind: "tailscale-funnel",
    state: "open",
    url: "https://box.tail1234.ts.net/voice/webhook",
  };
  report: Health = health;
  configuration: Record<string, unknown> = {};
  checks: Check[] = [{ name: "configuration", status: "ok", message: "the configuration is in order" }];

  readonly daemon = {
    pid: 4242,
    url: "http://127.0.0.1:5000",
    version: "0.1.0",
    protocol: 1,
    startedAt: 1_000_000,
    stateDir: "/state",
  };

  readonly turns: VoiceCall["turns"] = { answer: () => this.#take(undefined, "answer") };

  readonly pairing: VoiceCall["pairing"] = {
    list: () => this.#take(this.pairings, "pairings"),
    settle: (code, options) =>
      this.#take({ state: "paired", number: "+15550000009", pairedAt: 5 }, "settle", code, options),
  };

  readonly tunnel: VoiceCall["tunnel"] = {
    status: () => this.#take(this.tunnelStatus, "tunnel.status"),
    open: (order) => this.#take(this.tunnelStatus, "tunnel.open", order),
    close: () => this.#take({ kind: "none", state: "closed" }, "tunnel.close"),
  };

  readonly calls: VoiceCall["calls"] = {
    place: (command) => this.#take(call, "place", command),
    get: (callId) => this.#take(this.found, "get", callId),
    list: () => this.#take(this.live, "list"),
    say: (command) => this.#take(undefined, "say", command),
    ask: async (command, options) => {
      await this.#take(undefined, "ask", command);
      return Promise.race([this.answer(), aborted(options?.signal)]);
    },
    answer: async (query, options) => {
      await this.#take(undefined, "answer", query);
      return Promise.race([this.answer(), aborted(options?.signal)]);
    },
    sendDigits: (command) => this.#take(undefined, "sendDigits", command),
    hangUp: (callId) => this.#take(undefined, "hangUp", callId),
  };

  readonly events: VoiceCall["events"] = { follow: (query = {}) => this.#follow(query) };

  readonly mock: VoiceCall["mock"] = {
    inbound: (order) =>
      this.#take({ ...call, direction: "inbound", from: order.from, state: "ringing" }, "mock.inbound", order),
    say: (...words) => this.#take(undefined, "mock.say", ...words),
    sayAudio: (...words) => this.#take(undefined, "mock.sayAudio", ...words),
    digits: (...words) => this.#take(undefined, "mock.digits", ...words),
    hangUp: (...words) => this.#take(undefined, "mock.hangUp", ...words),
  };

  readonly system: VoiceCall["system"] = {
    health: () => this.#take(this.report, "health"),
    config: () => this.#take(this.configuration, "config"),
    reload: () => this.#take({ applied: [], needRestart: [], problems: [] }, "reload"),
    configure: (order) => this.#take({ applied: [], needRestart: [], problems: [] }, "configure", order),
    drain: () => this.#take(undefined, "drain"),
    shutdown: (options) => this.#take(undefined, "shutdown", options),
    check: () => this.#take(this.checks, "check"),
    latency: (options) => this.#take(this.stats, "latency", options),
  };

  [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }

  async *#follow({ signal, ...query }: FollowOptions): AsyncGenerator<StoredEvent> {
    await this.#take(undefined, "follow", query);
    yield* this.script;
    if (!this.endless) return;
    queueMicrotask(this.onIdle);
    await aborted(signal).catch(() => undefined);
  }

  // oxlint-disable-next-line require-await -- a failure must be a rejection
  async #take<T>(reply: T, ...order: [string, ...unknown[]]): Promise<T> {
    this.orders.push(order);
    if (this.failure !== undefined) throw this.failure;
    return reply;
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(new CallError("ABORTED", "the waiting was given up"));
    if (signal?.aborted === true) fail();
    signal?.addEventListener("abort", fail, { once: true });
  });
}

export function stored(seq: number, event: object): StoredEvent {
  return { seq, callId: call.callId, callSeq: seq, at: 1_000_000 + seq * 1000, v: 1, ...event } as StoredEvent;
}
