// Offering a caller's turn to responders, and what comes of it. A turn is answered once, by one of them.
import { CallError } from "./error.ts";
import type { CallEvent, TurnOutcome } from "./event.ts";
import type { OfferId } from "./ids.ts";
import { type CallState, isOver } from "./state.ts";

/** Behind the words of a caller that answer no question: the turn before is settled, this one offered. */
export function offerTurn(state: CallState, text: string): CallEvent[] {
  if (state.mode !== "conversation" || state.ending !== undefined || state.closing !== undefined) return [];
  return [...supersede(state), { type: "turn.offered", offerId: `o${state.callSeq + 1}`, text }];
}

/** What a stale reply has left to say is never spoken. */
export function supersede(state: CallState): CallEvent[] {
  const { offer } = state;
  if (offer === undefined) return [];
  const stale = state.queue.filter((waiting) => waiting.offerId === offer.offerId);
  return [
    settled(offer.offerId, "superseded"),
    ...stale.map(
      ({ utteranceId }) => ({ type: "utterance.failed", utteranceId, message: "the caller spoke on" }) as const,
    ),
  ];
}

/** The caller has spoken into our words: the rest of the reply is not said, and whoever writes it is told. */
export function stopTalking(state: CallState): CallEvent[] {
  if (state.closing !== undefined) return [];
  const { offer, queue } = state;
  const dropped = queue.filter(({ purpose, offerId }) => purpose === "phrase" || offerId !== undefined);
  return [
    ...(offer === undefined ? [] : [settled(offer.offerId, "superseded")]),
    ...dropped.map(
      ({ utteranceId }) => ({ type: "utterance.failed", utteranceId, message: "the caller spoke on" }) as const,
    ),
  ];
}

/** The reply takes long: the caller hears that somebody is there. */
export function fillSilence(state: CallState): CallEvent[] {
  const text = state.phrases.filler ?? "";
  const isSilent = state.turn.whose !== "agent" && state.queue.length === 0;
  return state.offer === undefined || text === "" || !isSilent || !state.traits.streams ? [] : [phrase(state, text)];
}

/** The caller spoke, and their words are late or lost: they hear that somebody is there, or that they have to say it again. */
export function bridgeWords(state: CallState, lost: boolean): CallEvent[] {
  const text = lost ? state.phrases.apology : (state.phrases.filler ?? "");
  const { mode, closing, offer, queue, turn } = state;
  const isOurTurn =
    offer !== undefined || queue.length > 0 || (turn.whose === "agent" && turn.utterance.purpose !== "phrase");
  const isTold = text === "" || mode !== "conversation" || closing !== undefined || state.ending !== undefined;
  return isTold || isOurTurn ? [] : [phrase(state, text)];
}

/** @throws CallError `TURN_TAKEN` when another responder has it, or it is no longer open. */
export function claimTurn(state: CallState, offerId: OfferId, responder: string): CallEvent[] {
  const offer = openOffer(state, offerId);
  if (offer.claimedBy === responder) return [];
  if (offer.claimedBy !== undefined)
    throw new CallError("TURN_TAKEN", "another responder answers this turn", { callId: state.callId });
  return [{ type: "turn.claimed", offerId, responder }];
}

export interface ReplyPart {
  offerId: OfferId;
  responder: string;
  /** Whole sentences, ready to be spoken. */
  sentences: readonly string[];
  /** The reply is complete. */
  final: boolean;
  /** Hang up when it has been spoken. */
  endCall: boolean;
}

/** @throws CallError `TURN_TAKEN` when the turn is not (or no longer) this responder's. */
export function replyToTurn(state: CallState, part: ReplyPart): CallEvent[] {
  const offer = openOffer(state, part.offerId);
  if (offer.claimedBy !== part.responder)
    throw new CallError("TURN_TAKEN", "this turn was not claimed by this responder", { callId: state.callId });
  const { offerId } = part;
  return [
    ...part.sentences.map(
      (text, index) =>
        ({
          type: "utterance.requested",
          utteranceId: `u${state.callSeq + 1 + index}`,
          text,
          purpose: "reply",
          offerId,
        }) as const,
    ),
    ...(part.final ? [settled(offerId, "answered")] : []),
    ...(part.endCall ? [{ type: "farewell.requested", reason: "hangup-bot" } as const] : []),
  ];
}

/** The responder could not make a reply: the caller hears an apology, and the call goes on. */
export function failTurn(
  state: CallState,
  { offerId, responder, message }: { offerId: OfferId; responder: string; message: string },
): CallEvent[] {
  const offer = openOffer(state, offerId);
  if (offer.claimedBy !== responder)
    throw new CallError("TURN_TAKEN", "this turn was not claimed by this responder", { callId: state.callId });
  return [...apology(state), settled(offerId, "failed", message)];
}

/** Its responder went away: the turn is open again, within the same deadline. */
export function releaseTurns(state: CallState, responder?: string): CallEvent[] {
  const { offer } = state;
  if (isOver(state) || offer?.claimedBy === undefined) return [];
  return responder === undefined || offer.claimedBy === responder
    ? [{ type: "turn.released", offerId: offer.offerId }]
    : [];
}

/** Nobody is there to answer: the caller is told and the call ends politely. Calls that an operator talks on are left alone. */
export function leaveUnattended(state: CallState, offerId: OfferId): CallEvent[] {
  const { offer } = state;
  const left =
    offer?.offerId === offerId &&
    offer.claimedBy === undefined &&
    state.direction === "inbound" &&
    state.answeredBy === "nobody";
  if (!left || isOver(state)) return [];
  return [
    phrase(state, state.phrases.unattended),
    settled(offerId, "unattended"),
    { type: "farewell.requested", reason: "completed" },
  ];
}

/** The deadline of a reply has passed: never in silence, unless no responder has ever had to do with the call. */
export function lateReply(state: CallState): CallEvent[] {
  const { offer } = state;
  if (offer === undefined) return [];
  const expected = offer.claimedBy !== undefined || state.answeredBy === "responder" || state.direction === "inbound";
  return expected ? [...apology(state), settled(offer.offerId, "late")] : [settled(offer.offerId, "nobody")];
}

const mostReprompts = 2;

/** A caller who stays silent is asked twice, then the call ends. */
export function promptIdle(state: CallState): CallEvent[] {
  if (state.reprompts < mostReprompts) return [phrase(state, state.phrases.reprompt)];
  return [phrase(state, state.phrases.goodbye), { type: "farewell.requested", reason: "completed" }];
}

function openOffer(state: CallState, offerId: OfferId): NonNullable<CallState["offer"]> {
  if (state.offer?.offerId === offerId && !isOver(state)) return state.offer;
  throw new CallError("TURN_TAKEN", "this turn is no longer open", { callId: state.callId });
}

function apology(state: CallState): CallEvent[] {
  return [phrase(state, state.phrases.apology)];
}

function phrase(state: CallState, text: string): CallEvent<"utterance.requested"> {
  return { type: "utterance.requested", utteranceId: `p${state.callSeq + 1}`, text, purpose: "phrase" };
}

function settled(offerId: OfferId, outcome: TurnOutcome, message?: string): CallEvent<"turn.settled"> {
  return { type: "turn.settled", offerId, outcome, ...(message !== undefined && { message }) };
}
