// What each type of event does to a call's state, one small function each.
import type { EventType, StoredEvent } from "./event.ts";
import { farewellRequested, fillerFired, turnClaimed, turnOffered, turnReleased, turnSettled } from "./fold-offer.ts";
import { utteranceCut, utteranceFailed, utterancePlayed, utteranceRequested, utteranceStarted } from "./fold-speech.ts";
import { awaitStream, lineLost, lineReady, streamAbandoned, turnTimed } from "./fold-stream.ts";
import { soundsBusy } from "./policy.ts";
import { type CallState, type Phase, type Utterance, awaitsVerdict, digitsMs, isOver } from "./state.ts";
import { withTimer, withoutTimer } from "./timers.ts";
import type { Step } from "./turn.ts";

const dialUnknownGraceMs = 15_000;
const ringGraceMs = 7000;
const hangUpReplyMs = 10_000;
const hangUpConfirmMs = 3000;

type Folds = { [T in EventType]: (state: CallState, event: StoredEvent<T>) => Step };

export function beginCall(event: StoredEvent): Step {
  if (event.type === "call.requested") return beginOutbound(event);
  if (event.type === "call.received") return beginInbound(event);
  throw new Error(`the log of a call begins with ${event.type}`);
}

function beginOutbound(event: StoredEvent<"call.requested">): Step {
  const { message, dtmfSequence, sessionKey, requesterSessionKey, onVoicemail } = event;
  return {
    state: {
      ...fresh(event),
      direction: "outbound",
      mode: event.mode,
      phase: { name: "requested", unconfirmed: false },
      queue: firstWords(event, message),
      timers: { ring: event.at + event.limits.ringTimeoutMs + ringGraceMs },
      ...(dtmfSequence !== undefined && { dtmfSequence }),
      ...(onVoicemail !== undefined && {
        voicemail: { on: onVoicemail, ...(message !== undefined && { message }) },
      }),
      ...(sessionKey !== undefined && { sessionKey }),
      ...(requesterSessionKey !== undefined && { requesterSessionKey }),
    },
    effects: [{ type: "dial" }],
  };
}

function beginInbound(event: StoredEvent<"call.received">): Step {
  const { greeting, sessionKey, carrierCallId } = event;
  return {
    state: {
      ...fresh(event),
      direction: "inbound",
      mode: "conversation",
      carrierCallId,
      phase: { name: "ringing" },
      queue: firstWords(event, greeting),
      ...(sessionKey !== undefined && { sessionKey }),
    },
    effects: [],
  };
}

function fresh(
  event: StoredEvent<"call.requested" | "call.received">,
): Omit<CallState, "direction" | "mode" | "phase" | "queue"> {
  const { callId, callSeq, carrier, from, to, traits, limits, phrases, route, at } = event;
  const parties = { callId, callSeq, carrier, from, to, traits, limits, phrases, route, startedAt: at };
  const empty = { digits: [], timers: {}, transcript: [], hearing: [], timed: [], said: {}, deaf: 0, reprompts: 0 };
  return {
    ...parties,
    ...empty,
    turn: { whose: "nobody" },
    answeredBy: "nobody",
    ...(traits.streams && { stream: { failures: 0, losses: 0 } }),
    ...(event.recording === true && { recording: { files: [] } }),
  };
}

/** The notice of a recording comes first, whoever called whom. */
function firstWords(event: StoredEvent<"call.requested" | "call.received">, text: string | undefined): Utterance[] {
  const notice = event.recording === true ? (event.phrases.recording ?? "") : "";
  return [
    ...(notice === "" ? [] : [{ utteranceId: "n1", text: notice, purpose: "phrase" } as const]),
    ...(text === undefined ? [] : [{ utteranceId: "u1", text, purpose: "opening" } as const]),
  ];
}

const same = (state: CallState): Step => ({ state, effects: [] });

function enter(state: CallState, phase: Phase): CallState {
  return isOver(state) ? state : { ...state, phase };
}

function placed(state: CallState, event: StoredEvent<"call.placed">): Step {
  const known: CallState = withoutTimer({ ...state, carrierCallId: event.carrierCallId }, "dialUnknown");
  const next = known.phase.name === "requested" ? enter(known, { name: "dialling" }) : known;
  return { state: next, effects: state.ending === undefined ? [] : [{ type: "hangUp" }] };
}

function unconfirmed(state: CallState, event: StoredEvent<"dial.unconfirmed">): Step {
  const waiting = withTimer(state, "dialUnknown", event.at + state.limits.ringTimeoutMs + dialUnknownGraceMs);
  return { state: enter(waiting, { name: "requested", unconfirmed: true }), effects: [{ type: "lookUp" }] };
}

function answered(state: CallState, event: StoredEvent<"call.answered">): Step {
  const live = enter(withoutTimer(state, "ring"), { name: "live", answeredAt: event.at, ready: false });
  const limited = withTimer(live, "maxDuration", event.at + state.limits.maxDurationMs);
  const [opening, ...queue] = limited.queue;
  if (!state.traits.inlineOpening || opening === undefined) return awaitStream(limited, event.at);
  return same({ ...limited, queue, turn: { whose: "agent", utterance: opening, accepts: [] } });
}

/** A machine's greeting is waited out before a message is left, also when the carrier does not tell of its end. */
const greetingMs = 30_000;

function machineDetected(state: CallState, event: StoredEvent<"machine.detected">): Step {
  const met = { ...state, met: event.who };
  const isWaiting = event.who === "machine" && state.voicemail?.on === "leave-message" && !event.greetingOver;
  if (isWaiting) {
    const waiting = withoutTimer({ ...met, machine: true }, "notifyHangup");
    return same(withTimer(waiting, "machine", event.at + (event.greetingMs ?? greetingMs)));
  }
  const { machine: _machine, ...rest } = withoutTimer(met, "machine");
  // All has been said, and only the verdict was waited for.
  const isDone = awaitsVerdict(state) && state.timers.notifyHangup !== undefined;
  return same(isDone ? withTimer(rest, "notifyHangup", event.at + state.limits.notifyHangupDelayMs) : rest);
}

function recorded(state: CallState, { file, durationMs }: StoredEvent<"call.recorded">): Step {
  return same({ ...state, recording: { files: [...(state.recording?.files ?? []), { file, durationMs }] } });
}

function ended(state: CallState, event: StoredEvent<"call.ended">): Step {
  const { reason, carrierCode, message, hint } = event;
  const answer = state.phase.name === "live" ? state.phase.answeredAt : undefined;
  return same(
    enter(state, {
      name: "ended",
      endedAt: event.at,
      reason,
      ...(answer !== undefined && { answeredAt: answer }),
      ...(carrierCode !== undefined && { carrierCode }),
      ...(message !== undefined && { message }),
      ...(hint !== undefined && { hint }),
    }),
  );
}

/** Nobody's turn makes the line listen again; `decideRefusal` gives up after a few times. */
function listeningFailed(state: CallState): Step {
  return same({
    ...state,
    deaf: state.deaf + 1,
    turn: state.turn.whose === "caller" ? { whose: "nobody" } : state.turn,
  });
}

function callerSpoke(state: CallState, event: StoredEvent<"caller.spoke">): Step {
  const line = { timestamp: event.at, speaker: "user", text: event.text, isFinal: true } as const;
  const heard = withoutTimer(state, "silence", "idle");
  return answeredBy({ ...heard, hearing: [], reprompts: 0, transcript: [...state.transcript, line] }, event);
}

function callerHeard(state: CallState, event: StoredEvent<"caller.heard">): Step {
  return same(
    withTimer(
      { ...withoutTimer(state, "idle"), hearing: [...state.hearing, event.text] },
      "silence",
      event.at + state.limits.silenceTimeoutMs,
    ),
  );
}

/** Who speaks is neither silent nor kept waiting. */
function callerSpeaking(state: CallState, event: StoredEvent<"caller.speaking">): Step {
  const { idle } = state.timers;
  const patient = withoutTimer(state, "filler");
  return same(idle === undefined ? patient : withTimer(patient, "idle", event.at + state.limits.idleAfterMs));
}

function answeredBy(state: CallState, event: StoredEvent<"caller.spoke" | "caller.pressed">): Step {
  const closed = turnClosed(state, event);
  if (event.answers === undefined) return same(closed);
  const { asking: _asking, ...rest } = withoutTimer(closed, "transcript");
  return same(rest);
}

/** A turn counts once: its token is no longer accepted. Words spoken into ours leave it running. */
function turnClosed(
  state: CallState,
  event: StoredEvent<"caller.spoke" | "caller.pressed" | "caller.silent">,
): CallState {
  const { turn } = state;
  if (turn.whose === "agent")
    return { ...state, turn: { ...turn, accepts: turn.accepts.filter((token) => token !== event.turn) } };
  if (turn.whose !== "caller") return state;
  // The result of a turn that opened behind digits proves that they are over.
  const digits = state.digits.filter(({ status }) => status !== "playing");
  return { ...withoutTimer(state, "digits"), digits, deaf: 0, turn: { whose: "nobody" } };
}

function askExpired(state: CallState, event: StoredEvent<"ask.expired">): Step {
  if (state.asking?.utteranceId !== event.utteranceId) return same(state);
  const { asking: _asking, ...rest } = withoutTimer(state, "transcript");
  return same(rest);
}

function digitsRequested(state: CallState, event: StoredEvent<"digits.requested">): Step {
  return same({
    ...state,
    digits: [...state.digits, { digitsId: event.digitsId, digits: event.digits, status: "waiting" }],
  });
}

/** Carriers do not tell when digits are over, and the next order would cut them off or talk into them. */
function digitsSent(state: CallState, event: StoredEvent<"digits.sent">): Step {
  const [first, ...rest] = state.digits;
  if (first?.digitsId !== event.digitsId) return same(state);
  return same(
    withTimer(
      { ...state, digits: [{ ...first, status: "playing" }, ...rest] },
      "digits",
      event.at + digitsMs(first.digits),
    ),
  );
}

function digitsFailed(state: CallState, event: StoredEvent<"digits.failed">): Step {
  return same({ ...state, digits: state.digits.filter((order) => order.digitsId !== event.digitsId) });
}

function hangUpRequested(state: CallState, event: StoredEvent<"hangUp.requested">): Step {
  const ordered = withTimer(
    { ...state, ending: { reason: event.reason, attempts: 1 } },
    "hangUp",
    event.at + hangUpReplyMs,
  );
  return { state: ordered, effects: state.carrierCallId === undefined ? [] : [{ type: "hangUp" }] };
}

function hangUpFailed(state: CallState, event: StoredEvent<"hangUp.failed">): Step {
  return same(withTimer(state, "hangUp", event.at + 1000 * 2 ** (state.ending?.attempts ?? 0)));
}

function timerFired(state: CallState, event: StoredEvent<"timer.fired">): Step {
  const next = withoutTimer(state, event.timer);
  if (event.timer === "digits")
    return same({ ...next, digits: next.digits.filter(({ status }) => status !== "playing") });
  if (event.timer === "machine") {
    const { machine: _machine, ...met } = next;
    return same(met);
  }
  if (event.timer === "filler") return same(fillerFired(next, event.at));
  if (event.timer === "idle") return same({ ...next, reprompts: next.reprompts + 1 });
  if (event.timer === "stale" || event.timer === "dialUnknown") return { state: next, effects: [{ type: "lookUp" }] };
  if (event.timer !== "hangUp" || next.ending === undefined) return same(next);
  const ending = { ...next.ending, attempts: next.ending.attempts + 1 };
  const retried = withTimer({ ...next, ending }, "hangUp", event.at + hangUpReplyMs);
  return { state: retried, effects: next.carrierCallId === undefined ? [{ type: "lookUp" }] : [{ type: "hangUp" }] };
}

export const folds: Folds = {
  "call.requested": same,
  "call.received": same,
  "call.admitted": (state) => ({ state, effects: state.traits.answersByReply ? [] : [{ type: "answer" }] }),
  "call.rejected": (state, event) => ({
    state: { ...state, rejected: event.why },
    effects: [{ type: "reject", busy: soundsBusy(event.why) }],
  }),
  "call.placed": placed,
  "dial.unconfirmed": unconfirmed,
  "call.ringing": (state) => same(enter(state, { name: "ringing" })),
  "call.answered": answered,
  "line.ready": lineReady,
  "line.lost": lineLost,
  "stream.abandoned": streamAbandoned,
  "machine.detected": machineDetected,
  "call.recorded": recorded,
  "call.ended": ended,
  "utterance.requested": utteranceRequested,
  "utterance.started": utteranceStarted,
  "utterance.played": utterancePlayed,
  "utterance.cut": utteranceCut,
  "utterance.failed": utteranceFailed,
  "listening.failed": listeningFailed,
  "caller.spoke": callerSpoke,
  "caller.heard": callerHeard,
  "caller.silent": (state, event) => same(turnClosed(state, event)),
  "caller.speaking": callerSpeaking,
  "caller.pressed": answeredBy,
  "turn.offered": turnOffered,
  "turn.claimed": turnClaimed,
  "turn.released": turnReleased,
  "turn.settled": turnSettled,
  "turn.timed": turnTimed,
  "farewell.requested": farewellRequested,
  "ask.expired": askExpired,
  "digits.requested": digitsRequested,
  "digits.sent": digitsSent,
  "digits.failed": digitsFailed,
  "hangUp.requested": hangUpRequested,
  "hangUp.accepted": (state, event) => same(withTimer(state, "hangUp", event.at + hangUpConfirmMs)),
  "hangUp.failed": hangUpFailed,
  "timer.fired": timerFired,
  "carrier.reported": same,
  "carrier.noted": same,
};
