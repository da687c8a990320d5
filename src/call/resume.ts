// After a restart: the effects that a restored call still owes the world, from its state alone.
import type { CallEffect } from "./effect.ts";
import { releaseTurns } from "./decide-offer.ts";
import type { CallEvent } from "./event.ts";
import { type CallState, gathers } from "./state.ts";

/**
 * Facts that the restart itself makes true: a dial or digits order without an outcome is never repeated.
 */
export function interrupted(state: CallState): CallEvent[] {
  const events: CallEvent[] = [];
  if (state.phase.name === "requested" && state.carrierCallId === undefined && !state.phase.unconfirmed) {
    events.push({ type: "dial.unconfirmed", message: "the daemon stopped before the carrier answered the dial order" });
  }
  if (state.stream !== undefined && state.phase.name === "live" && state.ending === undefined) {
    events.push({ type: "line.lost", message: "the daemon stopped" });
  }
  for (const order of state.digits) {
    if (order.status !== "sending") continue;
    events.push({
      type: "digits.failed",
      digitsId: order.digitsId,
      message: "the daemon stopped while they were being sent",
    });
  }
  return [...events, ...releaseTurns(state)];
}

/** What to order again once the carrier has confirmed the leg: an answer, words never accepted, an unconfirmed hang-up. */
export function owed(state: CallState): CallEffect[] {
  if (state.phase.name === "ended") return [];
  if (state.ending !== undefined) return state.carrierCallId === undefined ? [] : [{ type: "hangUp" }];
  if (state.direction === "inbound" && state.phase.name === "ringing") return [{ type: "answer" }];
  return state.phase.name === "live" && state.phase.ready ? owedToTurn(state) : [];
}

function owedToTurn(state: CallState): CallEffect[] {
  const { turn } = state;
  if (turn.whose === "agent" && turn.startedAt === undefined) {
    const { utterance, next } = turn;
    const { utteranceId, text } = utterance;
    return [{ type: "speak", utteranceId, text, ...(next !== undefined && { turn: next }) }];
  }
  // A gathering carrier listens on by itself; another may never have got the order, and takes it twice without harm.
  const open = turn.whose === "caller" && !gathers(state) ? turn.accepts.at(-1) : undefined;
  return open === undefined ? [] : [{ type: "listen", turn: open }];
}
