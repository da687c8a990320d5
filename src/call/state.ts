// The state of one call: phases, whose turn it is, what waits, and the deadlines it is under.
import type { CallMode } from "./command.ts";
import type {
  CallLimits,
  CallPhrases,
  CallRoute,
  CarrierTraits,
  EndReason,
  RejectReason,
  StoredEvent,
  TimerName,
  TurnTimes,
  UtterancePurpose,
} from "./event.ts";
import type { CallId, CarrierCallId, DigitsId, OfferId, TurnId, UtteranceId } from "./ids.ts";

export interface Utterance {
  utteranceId: UtteranceId;
  text: string;
  purpose: UtterancePurpose;
  offerId?: OfferId;
}

export interface DigitsOrder {
  digitsId: DigitsId;
  digits: string;
  /** `sending`: handed to the carrier, outcome not known. `playing`: accepted, and its estimated time is running. */
  status: "waiting" | "sending" | "playing";
}

/** Is the line up? A phase never goes back. */
export type Phase =
  /** The dial order has no outcome yet; `unconfirmed`: its reply was lost. */
  | { name: "requested"; unconfirmed: boolean }
  | { name: "dialling" }
  | { name: "ringing" }
  /** `ready`: the carrier takes orders; before that it still works on what it was given with the dial. */
  | { name: "live"; answeredAt: number; ready: boolean }
  | {
      name: "ended";
      endedAt: number;
      reason: EndReason;
      answeredAt?: number;
      carrierCode?: string;
      message?: string;
      hint?: string;
    };

/** Whose turn is it to speak? The second machine, apart from the phase (rules in turn.ts). */
export type Turn =
  | { whose: "nobody" }
  /** `next`: the caller's turn that opens with this utterance. `accepts`: earlier turns that may still be answered. */
  | { whose: "agent"; utterance: Utterance; startedAt?: number; next?: TurnId; accepts: TurnId[] }
  | { whose: "caller"; accepts: TurnId[] };

export interface TranscriptEntry {
  /** Epoch ms. */
  timestamp: number;
  speaker: "bot" | "user";
  text: string;
  isFinal: boolean;
}

/** A transcript line and the utterance it came from, so that a cut can shorten it. */
export interface SpokenLine extends TranscriptEntry {
  utteranceId?: UtteranceId;
}

export interface RecordedFile {
  file: string;
  durationMs: number;
}

/** When what happened in a caller's turn. `speechEndedAt`: epoch ms. */
export interface TimedTurn {
  speechEndedAt: number;
  /** ms after the caller's last speech. */
  times: TurnTimes;
}

export interface CallState {
  callId: CallId;
  /** The last event folded in. */
  callSeq: number;
  carrier: string;
  direction: "inbound" | "outbound";
  from: string;
  to: string;
  mode: CallMode;
  traits: CarrierTraits;
  limits: CallLimits;
  phrases: CallPhrases;
  route: CallRoute;
  sessionKey?: string;
  requesterSessionKey?: string;
  dtmfSequence?: string;
  /** What to do when a machine answers, and what to say to it. */
  voicemail?: { on: "hangup" | "leave-message"; message?: string };
  /** A machine's greeting is being waited out. */
  machine?: boolean;
  /** What the carrier's detection made of who answered. */
  met?: StoredEvent<"machine.detected">["who"];
  /** The call is to be recorded; `files` are those that are complete. */
  recording?: { files: RecordedFile[] };
  /** Of a call on a media stream: streams in a row that did not come up, and those that were lost. */
  stream?: { failures: number; losses: number };
  /** Why the carrier's own speech took over from the media stream. */
  abandoned?: string;
  /** The times of the last turns on a media stream. */
  timed: TimedTurn[];
  startedAt: number;
  carrierCallId?: CarrierCallId;
  phase: Phase;
  turn: Turn;
  queue: Utterance[];
  digits: DigitsOrder[];
  /** The one question that waits for the caller's words. `begun`: they have begun to hear it. */
  asking?: { utteranceId: UtteranceId; begun: boolean };
  /** The caller's turn that waits for a reply, or is being replied to. `filled`: the caller was told that it takes a while. */
  offer?: { offerId: OfferId; text: string; claimedBy?: string; filled?: true };
  /** Who has answered this caller so far: responders get idle rules, operators are left alone. */
  answeredBy: "nobody" | "responder" | "operator";
  /** Times in a row that a silent caller was asked. */
  reprompts: number;
  /** The end comes when everything that waits has been spoken. */
  closing?: EndReason;
  /** Why an incoming call was not let in. */
  rejected?: RejectReason;
  /** Somebody ordered the end; the carrier has not confirmed it. */
  ending?: { reason: EndReason; attempts: number };
  /** Deadlines in epoch ms. What fires is a `timer.fired` event, so they survive a restart. */
  timers: Partial<Record<TimerName, number>>;
  transcript: SpokenLine[];
  /** Pieces of what the caller is saying. */
  hearing: string[];
  /** Utterances by the client's request id, so that a repeated order speaks once. */
  said: Record<string, UtteranceId>;
  /** Times in a row that the carrier would not listen. */
  deaf: number;
}

/** Speaking and listening are one order of the carrier's; never on a media stream, where both are ours. */
export function gathers({ traits }: CallState): boolean {
  return traits.gathers && !traits.streams;
}

/** The line stays up: a machine may yet take the message, or it is not known yet who has answered. */
export function awaitsVerdict({ voicemail, met, machine }: CallState): boolean {
  return voicemail !== undefined && (met === undefined || machine === true);
}

export function isOver(state: CallState): boolean {
  return state.phase.name === "ended";
}

/** How long a text takes to speak, in ms; an estimate for carriers that do not tell. */
export function speakingMs(traits: CarrierTraits, text: string): number {
  return 500 + text.length * traits.msPerCharacter;
}

/** The part of a text that `elapsedMs` of speaking has reached, cut at a word. An estimate. */
export function heardAfter(traits: CarrierTraits, text: string, elapsedMs: number): string {
  const reached = Math.floor((elapsedMs - 500) / Math.max(1, traits.msPerCharacter));
  if (reached >= text.length) return text;
  if (reached <= 0) return "";
  return text.slice(0, Math.max(0, text.lastIndexOf(" ", reached)));
}

/** Digits that are being sent, which on some carriers takes the place of the media stream. */
export function digitsUnderway({ digits }: CallState): DigitsOrder | undefined {
  return digits.find(({ status }) => status !== "waiting");
}

/** How long digits take to play, in ms: 250 a digit with its pause, `w` 500, `W` 1000. An estimate. */
export function digitsMs(digits: string): number {
  let total = 0;
  for (const digit of digits) total += digit === "w" ? 500 : digit === "W" ? 1000 : 250;
  return total;
}
