// What the events of an offered turn do to a call: offered, claimed, given back, settled, and the farewell.
import type { StoredEvent } from "./event.ts";
import type { CallState } from "./state.ts";
import { withTimer, withoutTimer } from "./timers.ts";
import type { Step } from "./turn.ts";

/** Between the last word and the hang-up. */
export const farewellPauseMs = 500;

const same = (state: CallState): Step => ({ state, effects: [] });

export function turnOffered(state: CallState, event: StoredEvent<"turn.offered">): Step {
  const { offerId, text, at } = event;
  const { fillerAfterMs = 0, responseTimeoutMs } = state.limits;
  const offered = withTimer({ ...state, offer: { offerId, text } }, "response", at + responseTimeoutMs);
  return same(state.traits.streams && fillerAfterMs > 0 ? withTimer(offered, "filler", at + fillerAfterMs) : offered);
}

export function turnClaimed(state: CallState, event: StoredEvent<"turn.claimed">): Step {
  const { offer } = state;
  if (offer?.offerId !== event.offerId) return same(state);
  return same({ ...state, answeredBy: "responder", offer: { ...offer, claimedBy: event.responder } });
}

export function turnReleased(state: CallState, event: StoredEvent<"turn.released">): Step {
  if (state.offer?.offerId !== event.offerId) return same(state);
  const { offerId, text } = state.offer;
  return same({ ...state, offer: { offerId, text } });
}

export function turnSettled(state: CallState, event: StoredEvent<"turn.settled">): Step {
  if (state.offer?.offerId !== event.offerId) return same(state);
  const { offer: _offer, ...rest } = withoutTimer(state, "response", "filler");
  return same(rest);
}

/** The call ends when all that waits has been spoken; in a moment when nothing is. */
export function farewellRequested(state: CallState, event: StoredEvent<"farewell.requested">): Step {
  const closing: CallState = { ...withoutTimer(state, "idle"), closing: event.reason };
  const spoken = closing.turn.whose !== "agent" && closing.queue.length === 0;
  return same(spoken ? withTimer(closing, "notifyHangup", event.at + farewellPauseMs) : closing);
}

/** A reply that takes very long is announced once more. */
const secondFillerMs = 7000;

export function fillerFired(state: CallState, at: number): CallState {
  const { offer } = state;
  if (offer === undefined || offer.filled === true) return state;
  return withTimer({ ...state, offer: { ...offer, filled: true } }, "filler", at + secondFillerMs);
}
