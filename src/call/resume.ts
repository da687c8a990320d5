// After a restart: the effects that a restored call still owes the world, from its state alone.
import type { CallEffect } from "./effect.ts";
import type { CallEvent } from "./event.ts";
import type { CallState } from "./state.ts";

/**
 * Facts that the restart itself makes true: a dial or digits order without an outcome is never repeated.
 */
export function interrupted(state: CallState): CallEvent[] {
  const events: CallEvent[] = [];
  if (state.phase.name === "requested" && state.carrierCallId === undefined && !state.phase.unconfirmed) {
    events.push({ type: "dial.unconfirmed", message: "the daemon stopped before the carrier answered the dial order" });
  }
  for (const order of state.digits) {
    if (order.status !== "sending") continue;
    events.push({
      type: "digits.failed",
      digitsId: order.digitsId,
      message: "the daemon stopped while they were being sent",
    });
  }
  return events;
}

/** What to order again once the carrier has confirmed the leg: an answer, words never accepted, an unconfirmed hang-up. */
export function owed(state: CallState): CallEffect[] {
  if (state.phase.name === "ended") return [];
  if (state.ending !== undefined) return state.carrierCallId === undefined ? [] : [{ type: "hangUp" }];
  if (state.direction === "inbound" && state.phase.name === "ringing") return [{ type: "answer" }];
  if (
    state.phase.name !== "live" ||
    !state.phase.ready ||
    state.turn.whose !== "agent" ||
    state.turn.startedAt !== undefined
  )
    return [];
  const { utterance, next } = state.turn;
  return [
    {
      type: "speak",
      utteranceId: utterance.utteranceId,
      text: utterance.text,
      ...(next !== undefined && { turn: next }),
    },
  ];
}
