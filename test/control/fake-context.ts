// A daemon's ports without a daemon: calls in a map, events in an array.
import { CallError } from "../../src/call/error.ts";
import type { StoredEvent } from "../../src/call/event.ts";
import type { CallView } from "../../src/call/view.ts";
import type { Context, Feed, FollowQuery } from "../../src/router/context.ts";
import { type ControlListener, startControlListener } from "../../src/daemon/control/listener.ts";
import { type Log, systemClock } from "../../src/daemon/deps.ts";

export type Ports = Omit<Context, "buffered">;

/** Events by hand: what is pushed is followed at once, as from the store. */
export class FakeFeed implements Feed {
  readonly events: StoredEvent[] = [];
  readonly queries: FollowQuery[] = [];
  following = 0;
  /** How many events were read out, over all followers. */
  taken = 0;
  #wake: (() => void)[] = [];

  push(...callIds: string[]): void {
    for (const callId of callIds) {
      const seq = this.events.length + 1;
      this.events.push({ type: "call.ringing", seq, callId, callSeq: seq, at: seq, v: 1 });
    }
    for (const wake of this.#wake.splice(0)) wake();
  }

  async *follow(query: FollowQuery, signal: AbortSignal): AsyncGenerator<StoredEvent[]> {
    this.queries.push(query);
    this.following++;
    try {
      let after = query.after ?? (query.since === 0 ? 0 : this.events.length - (query.since ?? 0));
      while (!signal.aborted) {
        const batch = query.congested() ? [] : this.events.slice(after, after + 256);
        after += batch.length;
        this.taken += batch.length;
        const wanted = batch.filter((event) => query.callId === undefined || event.callId === query.callId);
        if (wanted.length > 0) yield wanted;
        if (batch.length === 0) await this.#changed(signal, query.congested() ? 5 : undefined);
      }
    } finally {
      this.following--;
    }
  }

  #changed(signal: AbortSignal, withinMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
      if (withinMs !== undefined) setTimeout(resolve, withinMs);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}

export function callView(callId: string): CallView {
  return {
    callId,
    provider: "mock",
    direction: "outbound",
    state: "initiated",
    from: "+15555550100",
    to: "+15555550123",
    mode: "notify",
    startedAt: 1,
    transcript: [],
  };
}

export interface FakePorts extends Ports {
  feed: FakeFeed;
  /** Orders as they arrived: `place`, `ask` … */
  received: { name: string; input: unknown }[];
}

/** Each port answers something plausible; `changes` replaces what a test is about. */
export function fakePorts(
  changes: { calls?: Partial<Ports["calls"]>; system?: Partial<Ports["system"]> } = {},
): FakePorts {
  const received: FakePorts["received"] = [];
  const feed = new FakeFeed();
  const note = (name: string) => async (input: unknown) => void received.push({ name, input });
  const noteCall = (name: string) => async (input: unknown) => {
    received.push({ name, input });
    return callView("call-1");
  };
  return {
    received,
    feed,
    calls: {
      place: noteCall("place"),
      get: (id) => (id === "call-1" ? callView(id) : undefined),
      list: () => [callView("call-1")],
      say: note("say"),
      ask: async (input) => {
        received.push({ name: "ask", input });
        return { transcript: "yes" };
      },
      answer: async (input) => {
        received.push({ name: "answer", input });
        return { transcript: "yes" };
      },
      sendDigits: note("sendDigits"),
      hangUp: note("hangUp"),
      ...changes.calls,
    },
    mock: {
      inbound: noteCall("inbound"),
      say: note("mock.say"),
      sayAudio: note("mock.sayAudio"),
      press: note("mock.press"),
      hangUp: note("mock.hangUp"),
    },
    turns: {
      async *offers() {},
      claim: async () => {
        throw new CallError("TURN_TAKEN", "no turn here");
      },
      reply: note("reply"),
      fail: note("fail"),
    },
    pairing: {
      list: () => [],
      settle: async () => ({ state: "refused", number: "+15550000009" }),
    },
    tunnels: {
      status: () => ({ kind: "none", state: "closed" }),
      open: async (order) => {
        received.push({ name: "tunnel.open", input: order });
        return { kind: `tailscale-${order.mode}`, state: "open", url: "https://box.tail1234.ts.net/voice/webhook" };
      },
      close: async () => ({ kind: "none", state: "closed" }),
    },
    system: {
      health: () => ({
        pid: process.pid,
        version: "0.1.0",
        protocol: 1,
        startedAt: 1,
        carrier: "mock",
        liveCalls: 0,
        followers: feed.following,
        draining: false,
        lastSeq: feed.events.length,
        stateDir: "/nowhere",
        configSource: "file",
        problems: [],
        memoryRssBytes: 1,
      }),
      config: () => ({ provider: "mock" }),
      reload: async () => ({ applied: [], needRestart: [], problems: [] }),
      configure: async (handedOver) => {
        received.push({ name: "configure", input: handedOver });
        return { applied: [], needRestart: [], problems: [] };
      },
      drain: async () => undefined,
      shutdown: note("shutdown"),
      check: async () => [{ name: "configuration", status: "ok", message: "the configuration is in order" }],
      latency: ({ last }) => ({ turns: last, stages: {} }),
      ...changes.system,
    },
  };
}

export interface LogLine {
  level: "info" | "warn" | "error";
  fields: Record<string, unknown>;
  message: string;
}

function recordingLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine["level"]) => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, info: at("info"), warn: at("warn"), error: at("error") };
}

export const token = "0123456789abcdef".repeat(4);

export interface TestListener extends ControlListener {
  lines: LogLine[];
}

export async function listen(ports: Ports, withToken = token): Promise<TestListener> {
  const log = recordingLog();
  const listener = await startControlListener({ ports, token: withToken, log, clock: systemClock });
  return { ...listener, lines: log.lines };
}
