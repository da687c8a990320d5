// Facts from carriers and timers: which events they make of a call. Late, stale and repeated ones change nothing.
import { bridgeWords, fillSilence, lateReply, offerTurn, promptIdle, stopTalking } from "./decide-offer.ts";
import type { CallEvent, EndReason, TimerName } from "./event.ts";
import type { CarrierFact, LegOutcome } from "./fact.ts";
import type { TurnId, UtteranceId } from "./ids.ts";
import { leaveMessageLate, meetMachine } from "./decide-machine.ts";
import { endStalled, leaveStream, loseStream, turnDeaf } from "./decide-stream.ts";
import { type CallState, gathers, heardAfter, isOver } from "./state.ts";
import { openTurns, speaking } from "./turn.ts";

type FactOf<T extends CarrierFact["type"]> = Extract<CarrierFact, { type: T }>;

/** `at`: epoch ms of the fact's arrival. */
export function decideFact(state: CallState, fact: CarrierFact, at: number): CallEvent[] {
  if (isOver(state)) return fact.type === "reported" ? [] : [noted(`late: ${fact.type}`)];
  switch (fact.type) {
    case "incoming":
      return [noted("incoming twice")];
    case "ringing":
      return state.phase.name === "requested" || state.phase.name === "dialling"
        ? [{ type: "call.ringing" }]
        : [noted("late: ringing")];
    case "answered":
      return answered(state, fact);
    case "ready":
      return isReady(state, fact) ? [{ type: "line.ready" }] : [];
    case "over":
      return over(state, fact, at);
    case "reported":
      return reported(state, fact, at);
    case "noted":
      return [noted(fact.what)];
    case "streamOver":
    case "unheard":
    case "deaf":
    case "stalled":
      return decideStream(state, fact);
    case "detected":
      return meetMachine(state, fact);
    case "speaking":
      return state.timers.idle === undefined && state.timers.filler === undefined ? [] : [{ type: "caller.speaking" }];
    default:
      return decideSpeech(state, fact);
  }
}

/** A call on a media stream takes orders when the stream is up; what the carrier asks for is answered by the document. */
function isReady({ phase, traits }: CallState, fact: FactOf<"ready">): boolean {
  return phase.name === "live" && !phase.ready && (!traits.streams || fact.stream === true);
}

function decideStream(state: CallState, fact: FactOf<"streamOver" | "unheard" | "deaf" | "stalled">): CallEvent[] {
  switch (fact.type) {
    case "unheard":
      return bridgeWords(state, fact.lost);
    case "deaf":
      return turnDeaf(state, fact.message);
    case "stalled":
      return endStalled(state);
    case "streamOver":
      return loseStream(state, fact.message ?? "the media stream ended");
  }
}

type SpeechFact = FactOf<"heard" | "started" | "played" | "cut" | "spoke" | "silent" | "pressed">;

function decideSpeech(state: CallState, fact: SpeechFact): CallEvent[] {
  if (fact.type === "started" || fact.type === "played" || fact.type === "cut") return spoken(state, fact);
  if (fact.type === "heard") return heard(fact);
  if (fact.turn !== undefined && !openTurns(state).includes(fact.turn)) return [noted(`stale turn: ${fact.type}`)];
  return spokeUp(state, fact);
}

function spokeUp(state: CallState, fact: FactOf<"spoke" | "silent" | "pressed">): CallEvent[] {
  const played = fact.type === "silent" && fact.turn === undefined ? [] : playedBefore(state, fact.turn);
  return [...played, ...fromCaller(state, fact)];
}

function heard({ text, confidence }: FactOf<"heard">): CallEvent[] {
  return text.trim() === ""
    ? []
    : [{ type: "caller.heard", text: text.trim(), ...(confidence !== undefined && { confidence }) }];
}

/** The result of a turn proves that the utterance which opened it is over, and so does the answer to a question. */
function playedBefore(state: CallState, result: TurnId | undefined): CallEvent[] {
  const { turn, asking } = state;
  if (turn.whose !== "agent") return [];
  const { utteranceId } = turn.utterance;
  if (turn.next !== undefined && turn.next === result)
    return [{ type: "utterance.played", utteranceId, proof: "carrier" }];
  // The carrier's own word of the end may be lost, as in a restart; the line must not wait for it.
  const isAnswer = !gathers(state) && asking?.begun === true && asking.utteranceId === utteranceId;
  return isAnswer ? [{ type: "utterance.played", utteranceId, proof: "estimate" }] : [];
}

function fromCaller(state: CallState, fact: FactOf<"spoke" | "silent" | "pressed">): CallEvent[] {
  const turn = fact.turn === undefined ? {} : { turn: fact.turn };
  if (fact.type === "silent") return [{ type: "caller.silent", ...turn }];
  const asked = questionHeard(state, fact.turn);
  const answers = asked === undefined ? {} : { answers: asked };
  if (fact.type === "pressed") return [{ type: "caller.pressed", digits: fact.digits, ...turn, ...answers }];
  const confidence = fact.confidence === undefined ? {} : { confidence: fact.confidence };
  const spoke = { type: "caller.spoke", text: fact.text, ...turn, ...confidence, ...answers } as const;
  return asked === undefined ? [spoke, ...offerTurn(state, fact.text)] : [spoke];
}

/** The open question that words answer: they were spoken after its beginning, in the turn that it opened. */
function questionHeard({ asking, turn }: CallState, result: TurnId | undefined): UtteranceId | undefined {
  if (asking === undefined || turn.whose !== "agent" || result === undefined)
    return asking?.begun === true ? asking.utteranceId : undefined;
  // A result that was on its way when we began to speak belongs to an earlier turn.
  return result === turn.next && turn.utterance.utteranceId === asking.utteranceId ? asking.utteranceId : undefined;
}

function spoken(state: CallState, fact: FactOf<"started" | "played" | "cut">): CallEvent[] {
  const agent = speaking(state, fact.utteranceId);
  if (agent === undefined) return [];
  if (fact.type === "started")
    return agent.startedAt === undefined ? [{ type: "utterance.started", utteranceId: fact.utteranceId }] : [];
  if (fact.type === "played") {
    const { utteranceId: played, proof = "carrier" } = fact;
    return [{ type: "utterance.played", utteranceId: played, proof }];
  }
  const { utteranceId, byCaller, clearMs } = fact;
  const cut = { type: "utterance.cut", utteranceId, heard: fact.heard } as const;
  if (byCaller === undefined) return [cut];
  // What waits is given up first: the end of an utterance begins the next one.
  return [...stopTalking(state), { ...cut, byCaller, ...(clearMs !== undefined && { clearMs }) }];
}

function answered(state: CallState, fact: FactOf<"answered">): CallEvent[] {
  // The carrier often says so twice: by a status and by asking for the first document.
  if (state.phase.name === "live") return [];
  const opening = state.traits.inlineOpening ? state.queue[0] : undefined;
  return [
    { type: "call.answered", ...(fact.answeredBy !== undefined && { answeredBy: fact.answeredBy }) },
    ...(opening === undefined ? [] : [{ type: "utterance.started", utteranceId: opening.utteranceId } as const]),
  ];
}

function reported(state: CallState, fact: FactOf<"reported">, at: number): CallEvent[] {
  const report = { type: "carrier.reported", leg: fact.leg } as const;
  switch (fact.leg) {
    case "unreachable":
      return [report];
    case "ringing":
      return state.phase.name === "dialling" ? [report, { type: "call.ringing" }] : [report];
    case "live":
      return [report, ...live(state)];
    case "ended":
      return [report, ...over(state, { type: "over", outcome: fact.outcome ?? "completed" }, at)];
    case "missing":
      return [report, ...missing(state, at)];
  }
}

/** A carrier that waits for orders takes them as soon as the leg is up, also when its word of the answer was lost. */
function live(state: CallState): CallEvent[] {
  const { phase, traits } = state;
  const waitsForOrders = !gathers(state) && !traits.answersByReply && !traits.streams;
  const events = phase.name === "live" ? [] : answered(state, { type: "answered" });
  const waits = waitsForOrders && !(phase.name === "live" && phase.ready);
  return waits ? [...events, { type: "line.ready" }] : events;
}

/** A leg that the carrier does not know is over; an unconfirmed dial may still show up until its deadline. */
function missing(state: CallState, at: number): CallEvent[] {
  if (state.phase.name === "requested") {
    if (state.timers.dialUnknown !== undefined) return [];
    const message = "whether the carrier placed this call is unknown; it was not dialled again";
    return settled(state, at, {
      type: "call.ended",
      reason: "error",
      message,
      hint: "check the carrier's console before calling again",
    });
  }
  return settled(state, at, {
    type: "call.ended",
    reason: state.ending?.reason ?? "error",
    message: "the carrier no longer knows the call",
  });
}

function over(state: CallState, fact: FactOf<"over">, at: number): CallEvent[] {
  const { carrierCode, message, hint } = fact;
  return settled(state, at, {
    type: "call.ended",
    reason: endReason(state, fact.outcome),
    ...(carrierCode !== undefined && { carrierCode }),
    ...(message !== undefined && { message }),
    ...(hint !== undefined && { hint }),
  });
}

function endReason(state: CallState, outcome: LegOutcome): EndReason {
  switch (outcome) {
    case "busy":
    case "no-answer":
    case "failed":
      return state.ending?.reason === "timeout" ? "timeout" : outcome;
    case "timeout":
      return "timeout";
    case "canceled":
      return state.ending?.reason ?? (state.direction === "inbound" ? "hangup-user" : "failed");
    case "completed":
      return state.ending?.reason ?? whoEnded(state);
  }
}

/** A call that ends without our order: over when nothing was left to say, else the other side hung up. */
function whoEnded({ mode, turn, queue, phase, closing }: CallState): EndReason {
  if (phase.name !== "live") return "completed";
  const delivered = mode === "notify" && turn.whose === "nobody" && queue.length === 0 && closing !== "error";
  return delivered ? (closing ?? "completed") : "hangup-user";
}

/** Nothing that was to be said or sent outlives the call without an outcome. */
function settled(state: CallState, at: number, end: CallEvent<"call.ended">): CallEvent[] {
  const offer =
    state.offer === undefined
      ? []
      : [{ type: "turn.settled", offerId: state.offer.offerId, outcome: "ended" } as const];
  return [
    ...offer,
    ...unspoken(state, at),
    ...state.queue.map(({ utteranceId }) => failed(utteranceId)),
    ...undialled(state),
    end,
  ];
}

function unspoken(state: CallState, at: number): CallEvent[] {
  if (state.turn.whose !== "agent") return [];
  const { utterance, startedAt } = state.turn;
  if (startedAt === undefined) return [failed(utterance.utteranceId)];
  return [
    {
      type: "utterance.cut",
      utteranceId: utterance.utteranceId,
      heard: heardAfter(state.traits, utterance.text, at - startedAt),
    },
  ];
}

const maxDeafness = 3;

/** What the carrier's refusal to speak or to listen makes of a call: it never stays silent for ever. */
export function decideRefusal(
  state: CallState,
  refused: CallEvent<"utterance.failed" | "listening.failed">,
): CallEvent[] {
  if (isOver(state)) return [];
  if (refused.type === "listening.failed")
    return [refused, ...(state.deaf + 1 >= maxDeafness ? endWith(state, "error") : [])];
  // Every voice of ours is silent: the carrier's own says it.
  if (state.stream !== undefined) return leaveStream(state, refused.message);
  // The look-up that follows may show that the callee has hung up, which is no error of ours.
  const hopeless = state.mode === "notify" && state.ending === undefined;
  return [refused, ...(hopeless ? [{ type: "farewell.requested", reason: "error" } as const] : [])];
}

function failed(utteranceId: string): CallEvent<"utterance.failed"> {
  return { type: "utterance.failed", utteranceId, message: "the call ended first" };
}

function undialled(state: CallState): CallEvent[] {
  return state.digits.flatMap(({ digitsId, status }) =>
    status === "playing" ? [] : [{ type: "digits.failed", digitsId, message: "the call ended first" } as const],
  );
}

function noted(what: string): CallEvent<"carrier.noted"> {
  return { type: "carrier.noted", what };
}

const maxHangUpAttempts = 6;

/** What a deadline makes of a call; none when it no longer holds. */
export function decideTimer(state: CallState, timer: TimerName, at: number): CallEvent[] {
  if (state.timers[timer] === undefined || state.timers[timer] > at) return [];
  return [{ type: "timer.fired", timer }, ...afterTimer(state, timer, at)];
}

function afterTimer(state: CallState, timer: TimerName, at: number): CallEvent[] {
  switch (timer) {
    case "ring":
      return endWith(state, "no-answer");
    case "maxDuration":
      return endWith(state, "timeout");
    case "notifyHangup":
      return endWith(state, state.closing ?? "completed");
    case "transcript":
      return state.asking === undefined ? [] : [{ type: "ask.expired", utteranceId: state.asking.utteranceId }];
    case "playout":
      return state.turn.whose === "agent"
        ? [{ type: "utterance.played", utteranceId: state.turn.utterance.utteranceId, proof: "estimate" }]
        : [];
    case "silence":
      return state.hearing.length === 0 ? [] : spokeUp(state, { type: "spoke", text: state.hearing.join(" ") });
    case "hangUp":
      return (state.ending?.attempts ?? 0) < maxHangUpAttempts ? [] : gaveUp(state, at);
    case "response":
      return lateReply(state);
    case "idle":
      return promptIdle(state);
    case "stream":
      return leaveStream(state, "no media stream came up in time");
    case "filler":
      return fillSilence(state);
    case "machine":
      return leaveMessageLate(state);
    case "digits":
    case "stale":
    case "dialUnknown":
      return [];
  }
}

function endWith(state: CallState, reason: EndReason): CallEvent[] {
  return state.ending === undefined ? [{ type: "hangUp.requested", reason }] : [];
}

/** A call that nobody could be asked about for longer than it could last. */
export function decideOutlived(state: CallState, at: number): CallEvent[] {
  if (isOver(state)) return [];
  const message = "the carrier could not be asked about the call, and its own time limit has passed";
  return settled(state, at, { type: "call.ended", reason: state.ending?.reason ?? "error", message });
}

function gaveUp(state: CallState, at: number): CallEvent[] {
  const message = "the carrier did not confirm the hang-up; its own time limit still ends the call";
  return settled(state, at, { type: "call.ended", reason: "error", message });
}

/** An admitted caller is answered: by an order, or by the reply to the very webhook where the carrier works that way. */
export function admitted(state: CallState): CallEvent[] {
  const { answersByReply, streams } = state.traits;
  const answer: CallEvent[] = answersByReply ? [{ type: "call.answered" }] : [];
  const ready: CallEvent[] = answersByReply && !streams ? [{ type: "line.ready" }] : [];
  return [{ type: "call.admitted" }, ...answer, ...ready];
}
