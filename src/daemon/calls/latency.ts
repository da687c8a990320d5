// How long the stages of a turn took, from the log of events.
import type { StoredEvent } from "../../call/event.ts";
import { type TurnStep, stepsOf, turnSteps } from "../../call/turn-times.ts";
import type { Latency, StageLatency } from "../../router/context.ts";
import type { EventStore } from "../store/event-store.ts";

/**
 * Stages, in ms. Of a call on a media stream: the steps of each turn, each from the one before it; `voiceLatency` from the
 * caller's last speech to our first audio; `interrupt` from the beginning of a caller's voice to the silence of ours. Of
 * other calls: `reply` from the caller's words to our next utterance's order, `handover` from that order to the carrier's
 * acceptance, `listen` from the end of our utterance to the caller's words.
 */
type Stage = TurnStep | "voiceLatency" | "interrupt" | "reply" | "handover" | "listen";

/** In the order in which they are shown. */
const stageOrder: readonly Stage[] = ["voiceLatency", ...turnSteps, "interrupt", "reply", "handover", "listen"];

interface Marks {
  streams: boolean;
  /** The first of the turns that are counted has begun; what is told of an earlier one is left out. */
  spoken: boolean;
  offers: Set<string>;
  spokeAt?: number;
  playedAt?: number;
  requestedAt: Map<string, number>;
}

type Log = Pick<EventStore, "read" | "positionOfLast" | "callEvents">;

const page = 1000;

/** Over the last `last` turns (caller utterances) of the whole log. */
export function latencyOf(store: Log, last: number): Latency {
  const samples = new Samples();
  const calls = new Map<string, Marks>();
  let turns = 0;
  for (const event of newestTurns(store, last)) {
    const marks = calls.get(event.callId) ?? newMarks(streamed(store, event));
    calls.set(event.callId, marks);
    if (event.type === "stream.abandoned") marks.streams = false;
    if (event.type === "caller.spoke") {
      marks.spoken = true;
      turns++;
    }
    measureStream(event, marks, samples);
    if (!marks.streams) measure(event, marks, samples);
  }
  return { turns, stages: samples.summary() };
}

function newMarks(streams: boolean): Marks {
  return { streams, spoken: false, offers: new Set(), requestedAt: new Map() };
}

class Samples {
  readonly #values = new Map<Stage, number[]>();

  add(stage: Stage, ms: number): void {
    const values = this.#values.get(stage);
    if (values === undefined) this.#values.set(stage, [ms]);
    else values.push(ms);
  }

  summary(): Latency["stages"] {
    return Object.fromEntries(
      stageOrder.flatMap((stage) => {
        const values = this.#values.get(stage);
        return values === undefined ? [] : [[stage, summaryOf(values)]];
      }),
    );
  }
}

/** However few turns the log holds, no more of it is read: the daemon has calls to look after. */
const mostRead = 20_000;

/** The events from the one that holds the `last`-th newest turn on; read from the end in growing pages. */
function newestTurns(store: Log, last: number): StoredEvent[] {
  for (let count = page; ; count *= 4) {
    const after = store.positionOfLast(Math.min(count, mostRead));
    const events = store.read({ after, limit: mostRead });
    const spoken = events.flatMap((event, index) => (event.type === "caller.spoke" ? [index] : []));
    if (after > 0 && spoken.length < last && count < mostRead) continue;
    return spoken.length <= last ? events : events.slice((spoken.at(-last - 1) ?? -1) + 1);
  }
}

/** Whether the event's call was on a media stream when it happened; those that began earlier are looked up. */
function streamed(store: Log, event: StoredEvent): boolean {
  const before = event.callSeq === 1 ? [event] : store.callEvents(event.callId).slice(0, event.callSeq);
  const [first] = before;
  const streams = (first?.type === "call.requested" || first?.type === "call.received") && first.traits.streams;
  return streams && !before.some(({ type }) => type === "stream.abandoned");
}

function measureStream(event: StoredEvent, { spoken, offers }: Marks, samples: Samples): void {
  if (event.type === "utterance.cut" && event.clearMs !== undefined) samples.add("interrupt", event.clearMs);
  if (event.type === "turn.offered" && spoken) offers.add(event.offerId);
  if (event.type !== "turn.timed" || !offers.has(event.offerId)) return;
  const { firstFrame } = event.times;
  if (firstFrame !== undefined) samples.add("voiceLatency", firstFrame);
  const steps = stepsOf(event.times);
  for (const step of turnSteps) {
    const ms = steps[step];
    if (ms !== undefined) samples.add(step, ms);
  }
}

function measure(event: StoredEvent, marks: Marks, samples: Samples): void {
  switch (event.type) {
    case "caller.spoke":
      if (marks.playedAt !== undefined) samples.add("listen", event.at - marks.playedAt);
      marks.spokeAt = event.at;
      delete marks.playedAt;
      return;
    case "utterance.requested":
      if (marks.spokeAt !== undefined) samples.add("reply", event.at - marks.spokeAt);
      delete marks.spokeAt;
      marks.requestedAt.set(event.utteranceId, event.at);
      return;
    case "utterance.started": {
      const requestedAt = marks.requestedAt.get(event.utteranceId);
      if (requestedAt !== undefined) samples.add("handover", event.at - requestedAt);
      return;
    }
    case "utterance.played":
      marks.playedAt = event.at;
      return;
    default:
      return;
  }
}

function summaryOf(values: number[]): StageLatency {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const sum = sorted.reduce((total, value) => total + value, 0);
  return {
    count: sorted.length,
    min: at(0),
    avg: Math.round(sum / sorted.length),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}
