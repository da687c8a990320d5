// How long the stages of a turn took, from the log of events.
import type { StoredEvent } from "../../call/event.ts";
import type { Latency, StageLatency } from "../../router/context.ts";
import type { EventStore } from "../store/event-store.ts";

/**
 * Stages, in ms: `reply` from the caller's words to our next utterance's order, `handover` from that order to the carrier's
 * acceptance, `listen` from the end of our utterance to the caller's words.
 */
type Stage = "reply" | "handover" | "listen";

interface Marks {
  spokeAt?: number;
  playedAt?: number;
  requestedAt: Map<string, number>;
}

const page = 1000;

/** Over the last `last` turns (caller utterances) of the whole log. */
export function latencyOf(store: EventStore, last: number): Latency {
  const samples: Record<Stage, number[]> = { reply: [], handover: [], listen: [] };
  const calls = new Map<string, Marks>();
  let turns = 0;
  for (const event of newestTurns(store, last)) {
    if (event.type === "caller.spoke") turns++;
    const marks = calls.get(event.callId) ?? { requestedAt: new Map<string, number>() };
    calls.set(event.callId, marks);
    measure(event, marks, samples);
    if (event.type === "call.ended") calls.delete(event.callId);
  }
  const stages = Object.entries(samples).flatMap(([name, values]) =>
    values.length === 0 ? [] : [[name, summary(values)] as const],
  );
  return { turns, stages: Object.fromEntries(stages) };
}

/** However few turns the log holds, no more of it is read: the daemon has calls to look after. */
const mostRead = 20_000;

/** The events from the one that holds the `last`-th newest turn on; read from the end in growing pages. */
function newestTurns(store: EventStore, last: number): StoredEvent[] {
  for (let count = page; ; count *= 4) {
    const after = store.positionOfLast(Math.min(count, mostRead));
    const events = store.read({ after, limit: mostRead });
    const spoken = events.flatMap((event, index) => (event.type === "caller.spoke" ? [index] : []));
    if (after > 0 && spoken.length < last && count < mostRead) continue;
    return spoken.length <= last ? events : events.slice((spoken.at(-last - 1) ?? -1) + 1);
  }
}

function measure(event: StoredEvent, marks: Marks, samples: Record<Stage, number[]>): void {
  switch (event.type) {
    case "caller.spoke":
      if (marks.playedAt !== undefined) samples.listen.push(event.at - marks.playedAt);
      marks.spokeAt = event.at;
      delete marks.playedAt;
      return;
    case "utterance.requested":
      if (marks.spokeAt !== undefined) samples.reply.push(event.at - marks.spokeAt);
      delete marks.spokeAt;
      marks.requestedAt.set(event.utteranceId, event.at);
      return;
    case "utterance.started": {
      const requestedAt = marks.requestedAt.get(event.utteranceId);
      if (requestedAt !== undefined) samples.handover.push(event.at - requestedAt);
      return;
    }
    case "utterance.played":
      marks.playedAt = event.at;
      return;
    default:
      return;
  }
}

function summary(values: number[]): StageLatency {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const sum = sorted.reduce((total, value) => total + value, 0);
  return {
    count: sorted.length,
    min: at(0),
    avg: Math.round(sum / sorted.length),
    p50: at(0.5),
    p95: at(0.95),
    max: at(1),
  };
}
