// Facts: the only thing ever stored. A call's state is the fold of its events.
import type { CallMode } from "./command.ts";
import type { CallId, CarrierCallId, DigitsId, OfferId, TurnId, UtteranceId } from "./ids.ts";
import type { PhoneNumber } from "./phone-number.ts";

/** Version of the event shapes below; stored with each event so that later versions can read old logs. */
export const eventVersion = 1;

/** Why a call is over; these are OpenClaw's public names. */
export const endReasons = [
  "completed",
  "hangup-user",
  "hangup-bot",
  "timeout",
  "error",
  "failed",
  "no-answer",
  "busy",
  "voicemail",
] as const;
export type EndReason = (typeof endReasons)[number];

/** The deadlines a call is under, fixed when it begins so that a later change of configuration does not move them. */
export interface CallLimits {
  ringTimeoutMs: number;
  maxDurationMs: number;
  notifyHangupDelayMs: number;
  transcriptTimeoutMs: number;
  /** The pause that ends a turn, where the carrier sends what it hears piece by piece. */
  silenceTimeoutMs: number;
  /** After so long without a word from the carrier the leg is looked up. */
  staleAfterMs: number;
  /** How long a responder may take for the first, and for each further, sentence of a reply. */
  responseTimeoutMs: number;
  /** How long the caller may stay silent before we ask whether they are there; 0 never asks. */
  idleAfterMs: number;
  /** On a media stream: how long the caller waits for the first words of a reply before they are told that it takes a moment; 0 never. */
  fillerAfterMs?: number;
}

/** What the daemon says by itself, fixed when the call begins. */
export interface CallPhrases {
  /** Nobody made a reply in time. */
  apology: string;
  /** No responder is there at all; the call ends after it. */
  unattended: string;
  /** The caller has been silent for long. */
  reprompt: string;
  /** The caller stayed silent; the call ends after it. */
  goodbye: string;
  /** The caller waits for an answer that takes long. */
  filler?: string;
  /** We cannot hear the caller; the carrier's recogniser takes over. */
  deaf?: string;
  /** The call is recorded. */
  recording?: string;
}

/** How the carrier of this call works, as far as the fold must know; fixed when the call begins. */
export interface CarrierTraits {
  /** Speaking and listening are one order, whose only outcome is the caller's turn (Twilio's Gather, Plivo's GetInput). */
  gathers: boolean;
  /** The answer is given by replying to the webhook, not by a command of its own. */
  answersByReply: boolean;
  /** The opening was handed over with the dial order and plays without us. */
  inlineOpening: boolean;
  /** Audio goes over a media stream, with our own voice and ear, and not through the carrier's. */
  streams: boolean;
  /** Milliseconds of speech per character, to estimate when an unconfirmed utterance is over. */
  msPerCharacter: number;
}

export type TimerName =
  | "ring"
  | "maxDuration"
  | "notifyHangup"
  | "transcript"
  | "playout"
  | "digits"
  | "silence"
  | "response"
  | "idle"
  | "stale"
  | "hangUp"
  | "dialUnknown"
  | "stream"
  | "filler"
  | "machine";

/** What a look-up says of a leg. `missing`: the carrier knows no such call. `unreachable`: it could not be asked. */
export type LegReport = "ringing" | "live" | "ended" | "missing" | "unreachable";

export type UtterancePurpose = "opening" | "say" | "ask" | "reply" | "phrase";

/** How an offered turn ended. `superseded`: the caller spoke on, or an operator answered. */
export type TurnOutcome = "answered" | "late" | "failed" | "unattended" | "superseded" | "nobody" | "ended";

/** What an agent may do for a caller: look things up, all that it can do, or only talk. */
export type CallerTools = "read-only" | "all" | "none";

/** Who answers a call's turns, and how. */
export interface CallRoute {
  agentId?: string;
  model?: string;
  systemPrompt?: string;
  /** Of calls that came in. */
  tools?: CallerTools;
}

/**
 * When what happened in a caller's turn, in milliseconds after the caller's last speech. Ends of the chain that a call did
 * not reach (interrupted, no model in it) are absent.
 */
export interface TurnTimes {
  /** We decided that the turn is over. */
  endDecided?: number;
  /** The recogniser's final words were there. */
  transcript?: number;
  /** The turn was offered to a responder. */
  offered?: number;
  /** The first piece of the reply came. */
  firstToken?: number;
  /** The first sentence went to the voice. */
  toVoice?: number;
  /** The voice's first audio came. */
  firstByte?: number;
  /** The first audio went to the carrier. */
  firstFrame?: number;
  /** The carrier confirmed that the caller has heard some of it. */
  heard?: number;
}

interface Parties {
  carrier: string;
  from: string;
  to: string;
  traits: CarrierTraits;
  limits: CallLimits;
  phrases: CallPhrases;
  route: CallRoute;
}

/** The body of each event, by its type. */
export interface EventBodies {
  "call.requested": Parties & {
    to: PhoneNumber;
    mode: CallMode;
    message?: string;
    dtmfSequence?: string;
    requestId?: string;
    sessionKey?: string;
    /** The session that ordered the call, and is told how it ended. */
    requesterSessionKey?: string;
    /** What to do when a machine answers; absent: no detection. */
    onVoicemail?: "hangup" | "leave-message";
    recording?: boolean;
  };
  "call.received": Parties & {
    carrierCallId: CarrierCallId;
    greeting?: string;
    sessionKey?: string;
    recording?: boolean;
  };
  /** The caller may come in and is being answered. */
  "call.admitted": object;
  "call.rejected": { why: RejectReason };
  /** The carrier's id is known; `source` says how we learned it. */
  "call.placed": { carrierCallId: CarrierCallId; source: "reply" | "webhook" | "lookup" };
  /** The dial order's reply was lost: the call may or may not exist. It is looked up, never repeated. */
  "dial.unconfirmed": { message: string };
  "call.ringing": object;
  "call.answered": { answeredBy?: string };
  /** The carrier will take (or is asking for) the next order. */
  "line.ready": object;
  /** The media stream is gone, or did not come up; another one is asked for. */
  "line.lost": { message: string };
  /** From here on the carrier's own voice and recogniser are used. */
  "stream.abandoned": { message: string };
  /**
   * What the carrier's detection makes of who answered. `greetingOver`: a machine takes its message now; `greetingMs`: the
   * carrier does not say when, and its greeting is waited out for so long.
   */
  "machine.detected": { who: "human" | "machine" | "unknown"; greetingOver: boolean; greetingMs?: number };
  /** The call's audio was written to a file: the caller left, we right. */
  "call.recorded": { file: string; durationMs: number };
  "call.ended": { reason: EndReason; carrierCode?: string; message?: string; hint?: string };
  /** `offerId`: the offered turn that it answers. */
  "utterance.requested": {
    utteranceId: UtteranceId;
    text: string;
    purpose: UtterancePurpose;
    requestId?: string;
    offerId?: OfferId;
  };
  /** The carrier has accepted the utterance. */
  "utterance.started": { utteranceId: UtteranceId };
  /** `estimate`: no carrier proof exists for this way of speaking; its duration has passed. */
  "utterance.played": { utteranceId: UtteranceId; proof: "carrier" | "estimate" };
  /** `byCaller`: they spoke into it, and `clearMs` after they began our voice was stopped. */
  "utterance.cut": { utteranceId: UtteranceId; heard: string; byCaller?: boolean; clearMs?: number };
  "utterance.failed": { utteranceId: UtteranceId; message: string; carrierCode?: string };
  "listening.failed": { turn: TurnId; message: string; carrierCode?: string };
  /** `answers`: the ask that these words answer. */
  "caller.spoke": { text: string; turn?: TurnId; confidence?: number; answers?: UtteranceId };
  /** A piece of what the caller says; the turn goes on until a pause of the silence time-out. */
  "caller.heard": { text: string; confidence?: number };
  "caller.silent": { turn?: TurnId };
  /** They were still speaking when we were about to say something into the silence. */
  "caller.speaking": object;
  "caller.pressed": { digits: string; turn?: TurnId; answers?: UtteranceId };
  /** The caller's words wait for a responder. */
  "turn.offered": { offerId: OfferId; text: string };
  "turn.claimed": { offerId: OfferId; responder: string };
  /** Its responder is gone; it is offered again. */
  "turn.released": { offerId: OfferId };
  "turn.settled": { offerId: OfferId; outcome: TurnOutcome; message?: string };
  /** `speechEndedAt`: epoch ms of the caller's last speech. */
  "turn.timed": { offerId: OfferId; speechEndedAt: number; times: TurnTimes };
  /** The call is to end when what waits has been spoken. */
  "farewell.requested": { reason: EndReason };
  "ask.expired": { utteranceId: UtteranceId };
  "digits.requested": { digitsId: DigitsId; digits: string };
  "digits.sent": { digitsId: DigitsId };
  "digits.failed": { digitsId: DigitsId; message: string; carrierCode?: string };
  "hangUp.requested": { reason: EndReason };
  "hangUp.accepted": object;
  "hangUp.failed": { message: string; carrierCode?: string };
  "timer.fired": { timer: TimerName };
  "carrier.reported": { leg: LegReport };
  /** Something true that changes nothing: late, stale or unknown. */
  "carrier.noted": { what: string };
}

export type RejectReason =
  | "inbound-disabled"
  | "not-on-allowlist"
  | "caller-unknown"
  | "pairing-busy"
  | "at-capacity"
  | "draining";

export type EventType = keyof EventBodies;

/** One event's type and body; `CallEvent<"call.ended">` is that one alone. */
export type CallEvent<T extends EventType = EventType> = { [K in T]: { type: K } & EventBodies[K] }[T];

/** Where and when an event stands in the log. */
export interface EventEnvelope {
  /** Position in the whole log, rising, never reused. */
  seq: number;
  callId: CallId;
  /** Position in the call's own log, from 1 without gaps. */
  callSeq: number;
  /** Epoch ms. */
  at: number;
  v: number;
}

export type StoredEvent<T extends EventType = EventType> = { [K in T]: EventEnvelope & CallEvent<K> }[T];

export function isEndReason(text: string): text is EndReason {
  return endReasons.some((reason) => reason === text);
}
