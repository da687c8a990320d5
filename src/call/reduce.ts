// The fold: what a call's state becomes with one more event, and what the world must do about it. No refusals, no I/O.
import type { EventType, StoredEvent } from "./event.ts";
import type { CallState, Phase } from "./state.ts";
import { beginCall, folds } from "./fold.ts";
import { advance, type Step } from "./turn.ts";

/**
 * Folds one stored event into a call's state. The first event of a call (`call.requested`, `call.received`) makes the state.
 * Replaying a log through it gives the live state; a replay drops the effects.
 */
export function reduce(state: CallState | undefined, event: StoredEvent): Step {
  if (state === undefined) return settle(beginCall(event), event);
  return settle(applyFold({ ...state, callSeq: event.callSeq }, event.type, event), event);
}

/** The fold without effects, over a whole log. */
export function replay(events: Iterable<StoredEvent>): CallState | undefined {
  let state: CallState | undefined;
  for (const event of events) state = reduce(state, event).state;
  return state;
}

function applyFold<T extends EventType>(state: CallState, type: T, event: StoredEvent<T>): Step {
  return folds[type](state, event);
}

function settle(step: Step, event: StoredEvent): Step {
  if (step.state.phase.name === "ended") return { state: atRest(step.state, step.state.phase), effects: step.effects };
  const next = advance(watched(step.state, event));
  return { state: next.state, effects: [...step.effects, ...next.effects] };
}

/** Every sign of life puts off the look-up of a silent leg. */
function watched(state: CallState, event: StoredEvent): CallState {
  return { ...state, timers: { ...state.timers, stale: event.at + state.limits.staleAfterMs } };
}

function atRest(state: CallState, phase: Phase): CallState {
  const { asking: _asking, ending: _ending, offer: _offer, closing: _closing, ...rest } = state;
  return { ...rest, phase, turn: { whose: "nobody" }, queue: [], digits: [], hearing: [], timers: {} };
}
