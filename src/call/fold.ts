// What each type of event does to a call's state, one small function each.
import type { EventType, StoredEvent, TimerName } from "./event.ts";
import { soundsBusy } from "./policy.ts";
import { type CallState, type Phase, type SpokenLine, digitsMs, isOver, speakingMs } from "./state.ts";
import { type Step, openTurns, speaking } from "./turn.ts";

const dialUnknownGraceMs = 15_000;
const ringGraceMs = 7000;
const unprovenGraceMs = 10_000;
const hangUpReplyMs = 10_000;
const hangUpConfirmMs = 3000;

type Folds = { [T in EventType]: (state: CallState, event: StoredEvent<T>) => Step };

export function beginCall(event: StoredEvent): Step {
  if (event.type === "call.requested") return beginOutbound(event);
  if (event.type === "call.received") return beginInbound(event);
  throw new Error(`the log of a call begins with ${event.type}`);
}

function beginOutbound(event: StoredEvent<"call.requested">): Step {
  const { message, dtmfSequence, sessionKey } = event;
  return {
    state: {
      ...fresh(event),
      direction: "outbound",
      mode: event.mode,
      phase: { name: "requested", unconfirmed: false },
      queue: message === undefined ? [] : [{ utteranceId: "u1", text: message, purpose: "opening" }],
      timers: { ring: event.at + event.limits.ringTimeoutMs + ringGraceMs },
      ...(dtmfSequence !== undefined && { dtmfSequence }),
      ...(sessionKey !== undefined && { sessionKey }),
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
      queue: greeting === undefined ? [] : [{ utteranceId: "u1", text: greeting, purpose: "opening" }],
      ...(sessionKey !== undefined && { sessionKey }),
    },
    effects: [],
  };
}

function fresh(
  event: StoredEvent<"call.requested" | "call.received">,
): Omit<CallState, "direction" | "mode" | "phase" | "queue"> {
  const { callId, callSeq, carrier, from, to, traits, limits, at } = event;
  const empty = { digits: [], timers: {}, transcript: [], hearing: [], said: {}, deaf: 0 };
  return { callId, callSeq, carrier, from, to, traits, limits, startedAt: at, turn: { whose: "nobody" }, ...empty };
}

const same = (state: CallState): Step => ({ state, effects: [] });

function enter(state: CallState, phase: Phase): CallState {
  return isOver(state) ? state : { ...state, phase };
}

function withoutTimer(state: CallState, ...names: TimerName[]): CallState {
  const timers = { ...state.timers };
  for (const name of names) delete timers[name];
  return { ...state, timers };
}

function withTimer(state: CallState, name: TimerName, deadline: number): CallState {
  return { ...state, timers: { ...state.timers, [name]: deadline } };
}

function withLine(state: CallState, line: SpokenLine): CallState {
  const known =
    line.utteranceId !== undefined && state.transcript.some((spoken) => spoken.utteranceId === line.utteranceId);
  return known ? state : { ...state, transcript: [...state.transcript, line] };
}

function botLine(state: CallState, utteranceId: string, at: number): CallState {
  const text = speaking(state, utteranceId)?.utterance.text;
  return text === undefined
    ? state
    : withLine(state, { timestamp: at, speaker: "bot", text, isFinal: true, utteranceId });
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
  if (!state.traits.inlineOpening || opening === undefined) return same(limited);
  return same({ ...limited, queue, turn: { whose: "agent", utterance: opening, accepts: [] } });
}

function ready(state: CallState): Step {
  return state.phase.name === "live" ? same({ ...state, phase: { ...state.phase, ready: true } }) : same(state);
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

function utteranceRequested(state: CallState, event: StoredEvent<"utterance.requested">): Step {
  const { utteranceId, text, purpose, requestId } = event;
  const said = requestId === undefined ? state.said : { ...state.said, [requestId]: utteranceId };
  const queued = withoutTimer(
    { ...state, said, queue: [...state.queue, { utteranceId, text, purpose }] },
    "notifyHangup",
  );
  if (purpose !== "ask") return same(queued);
  return same({ ...queued, mode: "conversation", asking: { utteranceId, begun: false } });
}

function utteranceStarted(state: CallState, event: StoredEvent<"utterance.started">): Step {
  const agent = speaking(state, event.utteranceId);
  if (agent === undefined) return same(state);
  const spoken = speakingMs(state.traits, agent.utterance.text);
  const playout = agent.next === undefined ? 2 * spoken + unprovenGraceMs : spoken;
  const begun = askBegun(botLine(state, event.utteranceId, event.at), event);
  return same(withTimer({ ...begun, turn: { ...agent, startedAt: event.at } }, "playout", event.at + playout));
}

function askBegun(state: CallState, event: StoredEvent<"utterance.started" | "utterance.played">): CallState {
  const { asking } = state;
  if (asking?.utteranceId !== event.utteranceId || asking.begun) return state;
  return withTimer(
    { ...state, asking: { ...asking, begun: true } },
    "transcript",
    event.at + state.limits.transcriptTimeoutMs,
  );
}

function utterancePlayed(state: CallState, event: StoredEvent<"utterance.played">): Step {
  const agent = speaking(state, event.utteranceId);
  if (agent === undefined) return same(state);
  const heard = withoutTimer(askBegun(botLine(state, event.utteranceId, event.at), event), "playout");
  return same(
    afterSpeech(
      { ...heard, turn: agent.next === undefined ? { whose: "nobody" } : { whose: "caller", accepts: [agent.next] } },
      event.at,
    ),
  );
}

/** A notify call is over a moment after its last words, unless more is to be said. */
function afterSpeech(state: CallState, at: number): CallState {
  const done = state.mode === "notify" && state.queue.length === 0 && state.ending === undefined;
  return done ? withTimer(state, "notifyHangup", at + state.limits.notifyHangupDelayMs) : state;
}

function utteranceCut(state: CallState, event: StoredEvent<"utterance.cut">): Step {
  const transcript = state.transcript.flatMap((line) =>
    line.utteranceId !== event.utteranceId ? [line] : event.heard === "" ? [] : [{ ...line, text: event.heard }],
  );
  const agent = speaking(state, event.utteranceId);
  if (agent === undefined) return same({ ...state, transcript });
  return same(withoutTimer(afterSpeech({ ...state, transcript, turn: { whose: "nobody" } }, event.at), "playout"));
}

function utteranceFailed(state: CallState, event: StoredEvent<"utterance.failed">): Step {
  const agent = speaking(state, event.utteranceId);
  const queue = state.queue.filter((waiting) => waiting.utteranceId !== event.utteranceId);
  const transcript = state.transcript.filter((line) => line.utteranceId !== event.utteranceId);
  const { asking, ...rest } = withoutTimer(
    { ...state, queue, transcript },
    ...(agent === undefined ? [] : (["playout"] as const)),
  );
  const kept: CallState = asking === undefined || asking.utteranceId === event.utteranceId ? rest : { ...rest, asking };
  if (agent === undefined) return same(kept);
  // The caller's earlier turn may still be open at the carrier, and so may the new one when only the reply was lost.
  const accepts = openTurns(state);
  const turn = accepts.length === 0 ? ({ whose: "nobody" } as const) : ({ whose: "caller", accepts } as const);
  return { state: afterSpeech({ ...kept, turn }, event.at), effects: [{ type: "lookUp" }] };
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
  return answeredBy({ ...withoutTimer(state, "silence"), hearing: [], transcript: [...state.transcript, line] }, event);
}

function callerHeard(state: CallState, event: StoredEvent<"caller.heard">): Step {
  return same(
    withTimer(
      { ...state, hearing: [...state.hearing, event.text] },
      "silence",
      event.at + state.limits.silenceTimeoutMs,
    ),
  );
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

/** A gathering carrier does not tell when digits are over, and its next document would cut them off. */
function digitsSent(state: CallState, event: StoredEvent<"digits.sent">): Step {
  const [first, ...rest] = state.digits;
  if (first?.digitsId !== event.digitsId) return same(state);
  if (!state.traits.gathers) return same({ ...state, digits: rest });
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
  "line.ready": ready,
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
  "caller.pressed": answeredBy,
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
