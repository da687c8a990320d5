// Whose turn it is to speak: what comes next on a line that takes orders.
import type { CallEffect } from "./effect.ts";
import type { TurnId, UtteranceId } from "./ids.ts";
import { type CallState, type Turn, type Utterance, gathers } from "./state.ts";

export interface Step {
  state: CallState;
  effects: CallEffect[];
}

/** Starts what waits, else listens. Does nothing while we speak, before the line takes orders, or once the end is ordered. */
export function advance(state: CallState): Step {
  const idle =
    state.phase.name === "live" &&
    state.phase.ready &&
    state.ending === undefined &&
    state.turn.whose !== "agent" &&
    state.machine !== true;
  if (!idle || state.digits.some(({ status }) => status !== "waiting")) return { state, effects: [] };
  if (state.digits.length > 0) return sendDigits(state);
  const [utterance, ...queue] = state.queue;
  if (utterance !== undefined) return speak({ ...state, queue }, utterance);
  if (state.turn.whose === "nobody" && listensAfter(state)) return listen(state);
  return { state, effects: [] };
}

function listensAfter({ mode, closing }: CallState): boolean {
  return mode === "conversation" && closing === undefined;
}

/** Further sentences wait, or are still being written by the responder: the line is not opened between them. */
function moreToCome({ queue, offer }: CallState, utterance: Utterance): boolean {
  return queue.length > 0 || (offer !== undefined && offer.offerId === utterance.offerId);
}

function speak(state: CallState, utterance: Utterance): Step {
  const next = gathers(state) && listensAfter(state) && !moreToCome(state, utterance) ? nextTurn(state) : undefined;
  const turn: Turn = { whose: "agent", utterance, accepts: openTurns(state), ...(next !== undefined && { next }) };
  const { utteranceId, text } = utterance;
  return {
    state: { ...state, turn },
    effects: [{ type: "speak", utteranceId, text, ...(next !== undefined && { turn: next }) }],
  };
}

function listen(state: CallState): Step {
  const turn = nextTurn(state);
  return { state: { ...state, turn: { whose: "caller", accepts: [turn] } }, effects: [{ type: "listen", turn }] };
}

function sendDigits(state: CallState): Step {
  const [order, ...rest] = state.digits;
  if (order === undefined) return { state, effects: [] };
  const { digitsId, digits } = order;
  const turn = gathers(state) && state.mode === "conversation" ? nextTurn(state) : undefined;
  return {
    state: {
      ...state,
      digits: [{ ...order, status: "sending" }, ...rest],
      ...(turn !== undefined && { turn: { whose: "caller", accepts: [...openTurns(state), turn] } }),
    },
    effects: [{ type: "sendDigits", digitsId, digits, ...(turn !== undefined && { turn }) }],
  };
}

function nextTurn(state: CallState): TurnId {
  return `t${state.callSeq}`;
}

/** The turns whose answer would count now. */
export function openTurns(state: CallState): TurnId[] {
  const { turn } = state;
  if (turn.whose === "nobody") return [];
  return turn.whose === "agent" && turn.next !== undefined ? [...turn.accepts, turn.next] : turn.accepts;
}

/** The utterance being spoken now, if it is this one. */
export function speaking(state: CallState, utteranceId: UtteranceId): Extract<Turn, { whose: "agent" }> | undefined {
  return state.turn.whose === "agent" && state.turn.utterance.utteranceId === utteranceId ? state.turn : undefined;
}
