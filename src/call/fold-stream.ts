// What the events of a media stream do to a call: up, lost, given up, and the times of a turn.
import type { StoredEvent } from "./event.ts";
import type { CallEffect } from "./effect.ts";
import { type CallState, digitsMs, digitsUnderway } from "./state.ts";
import { withTimer, withoutTimer } from "./timers.ts";
import type { Step } from "./turn.ts";

/** A caller waits in silence for as long; then the carrier's own voice speaks. */
const streamWithinMs = 4000;

/** From the answer on, and after a loss, a stream is awaited. A carrier that asks for its orders is told in the reply. */
export function awaitStream(state: CallState, at: number): Step {
  if (state.stream === undefined) return { state, effects: [] };
  const digits = digitsUnderway(state)?.digits ?? "";
  return { state: withTimer(state, "stream", at + digitsMs(digits) + streamWithinMs), effects: attaching(state) };
}

function attaching(state: CallState): CallEffect[] {
  return state.traits.answersByReply ? [] : [{ type: "attach" }];
}

export function lineReady(state: CallState): Step {
  if (state.phase.name !== "live") return { state, effects: [] };
  const up: CallState = { ...withoutTimer(state, "stream"), phase: { ...state.phase, ready: true } };
  return {
    state: up.stream === undefined ? up : { ...up, stream: { ...up.stream, failures: 0 } },
    effects: [],
  };
}

export function lineLost(state: CallState, event: StoredEvent<"line.lost">): Step {
  if (state.phase.name !== "live" || state.stream === undefined) return { state, effects: [] };
  const { failures, losses } = state.stream;
  const wasUp = state.phase.ready;
  // A stream that gives way to digits is not lost.
  const isLoss = digitsUnderway(state) === undefined;
  const stream = { failures: failures + Number(isLoss), losses: losses + Number(isLoss && wasUp) };
  const lost = unspoken({ ...state, stream, phase: { ...state.phase, ready: false } });
  const waits = lost.timers.stream !== undefined && !wasUp;
  return waits ? { state: lost, effects: attaching(lost) } : awaitStream(lost, event.at);
}

export function streamAbandoned(state: CallState, { message }: StoredEvent<"stream.abandoned">): Step {
  if (state.phase.name !== "live") return { state, effects: [] };
  const { stream: _stream, ...rest } = withoutTimer(unspoken(state), "stream");
  return {
    state: {
      ...rest,
      abandoned: message,
      traits: { ...rest.traits, streams: false },
      phase: { ...state.phase, ready: true },
    },
    effects: [{ type: "detach" }],
  };
}

/** Those before are in the log. */
const mostTimed = 20;

export function turnTimed(state: CallState, { speechEndedAt, times }: StoredEvent<"turn.timed">): Step {
  const timed = [...state.timed, { speechEndedAt, times }].slice(-mostTimed);
  return { state: { ...state, timed }, effects: [] };
}

/** What was being said is said again, from its beginning, as soon as there is a voice. */
function unspoken(state: CallState): CallState {
  if (state.turn.whose !== "agent") return { ...state, turn: { whose: "nobody" } };
  const { utterance } = state.turn;
  return { ...withoutTimer(state, "playout"), turn: { whose: "nobody" }, queue: [utterance, ...state.queue] };
}
