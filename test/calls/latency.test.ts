import { expect, test } from "vitest";
import type { CallEvent, StoredEvent } from "../../src/call/event.ts";
import { latencyOf } from "../../src/daemon/calls/latency.ts";
import { limits, phrases, plain } from "../call/calls.ts";

/** A log in memory; `at` rises by 100 ms with each event. */
class Log {
  readonly #events: StoredEvent[] = [];

  add(callId: string, ...events: CallEvent[]): this {
    for (const event of events) {
      const seq = this.#events.length + 1;
      const callSeq = this.callEvents(callId).length + 1;
      this.#events.push({ seq, callId, callSeq, at: seq * 100, v: 1, ...event });
    }
    return this;
  }

  read({ after, limit }: { after: number; limit: number }): StoredEvent[] {
    return this.#events.slice(after, after + limit);
  }

  positionOfLast(count: number): number {
    return Math.max(0, this.#events.length - count);
  }

  callEvents(callId: string): StoredEvent[] {
    return this.#events.filter((event) => event.callId === callId);
  }
}

function begin(streams: boolean): CallEvent {
  const parties = { carrier: "mock", carrierCallId: "m1", from: "+1", to: "+2" };
  return { type: "call.received", ...parties, traits: { ...plain, streams }, limits, phrases, route: {} };
}

const times = { endDecided: 300, transcript: 350, offered: 352, firstToken: 752, toVoice: 760, firstByte: 900 };
const timed: CallEvent = {
  type: "turn.timed",
  offerId: "o1",
  speechEndedAt: 1,
  times: { ...times, firstFrame: 905, heard: 1105 },
};
const spoke: CallEvent = { type: "caller.spoke", text: "Hello" };
const offered: CallEvent = { type: "turn.offered", offerId: "o1", text: "Hello" };
const reply: CallEvent[] = [
  { type: "utterance.requested", utteranceId: "r1", text: "Yes", purpose: "reply" },
  { type: "utterance.started", utteranceId: "r1" },
  { type: "utterance.played", utteranceId: "r1", proof: "carrier" },
];

test("a turn on a stream is told step by step, with what the caller felt", () => {
  const log = new Log().add("a", begin(true), spoke, offered, ...reply, timed, spoke);
  log.add("a", { type: "utterance.cut", utteranceId: "r2", heard: "", byCaller: true, clearMs: 260 });
  const { turns, stages } = latencyOf(log, 200);
  expect(turns).toBe(2);
  const medians = Object.entries(stages).map(([name, { p50 }]) => [name, p50]);
  expect(medians).toEqual([
    ["voiceLatency", 905],
    ["endDecided", 300],
    ["transcript", 50],
    ["offered", 2],
    ["firstToken", 400],
    ["toVoice", 8],
    ["firstByte", 140],
    ["firstFrame", 5],
    ["heard", 200],
    ["interrupt", 260],
  ]);
});

test("a step that nothing is known of is not added to the one after it", () => {
  const gap: CallEvent = {
    type: "turn.timed",
    offerId: "o1",
    speechEndedAt: 1,
    times: { endDecided: 3, firstFrame: 9 },
  };
  expect(Object.keys(latencyOf(new Log().add("a", begin(true), spoke, offered, gap), 200).stages)).toEqual([
    "voiceLatency",
    "endDecided",
  ]);
});

test("a call without a stream keeps its stages, and so does one whose stream was given up", () => {
  const own = ["reply", "handover", "listen"];
  const plainCall = new Log().add("a", begin(false), spoke, ...reply, spoke);
  expect(Object.keys(latencyOf(plainCall, 200).stages)).toEqual(own);
  const fallen = new Log().add("a", begin(true), { type: "stream.abandoned", message: "gone" }, spoke, ...reply, spoke);
  expect(Object.keys(latencyOf(fallen, 200).stages)).toEqual(own);
  // The turns that are looked at begin after what tells of the stream.
  expect(Object.keys(latencyOf(fallen, 1).stages)).toEqual(["handover", "listen"]);
});

test("of a call that streamed before the turns that are looked at, no carrier's stages are made up", () => {
  const second: CallEvent[] = [
    { ...offered, offerId: "o2" },
    { ...timed, offerId: "o2" },
  ];
  const log = new Log().add("a", begin(true), spoke, offered, ...reply, timed, spoke, ...reply, ...second);
  expect(latencyOf(log, 1)).toMatchObject({ turns: 1, stages: { voiceLatency: { count: 1 } } });
  expect(latencyOf(log, 1).stages["reply"]).toBeUndefined();
});

test("percentiles are of the samples, not between them", () => {
  const log = new Log().add("a", begin(true), spoke, offered);
  for (let ms = 1; ms <= 200; ms++) {
    log.add("a", { type: "turn.timed", offerId: "o1", speechEndedAt: 1, times: { endDecided: ms } });
  }
  expect(latencyOf(log, 200).stages["endDecided"]).toEqual({
    count: 200,
    min: 1,
    avg: 101,
    p50: 101,
    p95: 191,
    p99: 199,
    max: 200,
  });
});
