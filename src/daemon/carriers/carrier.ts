// What the core knows of a carrier: capabilities as data, orders out, facts in. Each carrier is one folder behind this.
import type { CallMode } from "../../call/command.ts";
import type { CarrierTraits } from "../../call/event.ts";
import type { LegFacts, LegOutcome } from "../../call/fact.ts";
import type { CallState } from "../../call/state.ts";
import type { Clock, Log } from "../deps.ts";
import type { CarrierMedia, Leg } from "./media.ts";

export type { Leg } from "./media.ts";

export interface Capabilities {
  /** Calls us back over HTTP, so the public listener must be up and `publicUrl` known. */
  webhooks: boolean;
  /** Can be asked about a leg, also after a restart. */
  lookUp: boolean;
  sendDigits: boolean;
  /** Can send a call's audio over a WebSocket of ours, both ways; `media` is there then. */
  streams: boolean;
  /** Longest text of one utterance, in characters. */
  maxTextLength: number;
}

export interface DialOrder {
  callId: string;
  from: string;
  to: string;
  mode: CallMode;
  /** Present when `traits(…).inlineOpening` said so: plays on answer without us. */
  opening?: { utteranceId: string; text: string };
  /** Sent right after the answer; `w` waits 0.5 s, `W` 1 s. */
  dtmfSequence?: string;
  ringTimeoutMs: number;
  maxDurationMs: number;
  /** Have the carrier find out whether a person or a machine has answered. It costs, so it is asked for. */
  detectMachine: boolean;
}

export interface SpeakOrder {
  utteranceId: string;
  text: string;
  /** On a gathering carrier: open this caller's turn with the utterance. */
  turn?: string;
}

export interface DigitsOrder {
  digits: string;
  turn?: string;
  /** The line streams. Where sending digits ends the stream (Twilio), it opens again here after them. */
  streamUrl?: string;
}

export type HangUpOutcome = "accepted" | "already-over";

export type LookUpOutcome =
  | { leg: "ringing" | "live"; carrierCallId?: string }
  | { leg: "ended"; outcome: LegOutcome; carrierCallId?: string }
  | { leg: "missing" };

/** What to look for when the reply to a dial order was lost. */
export interface LostDial {
  from: string;
  to: string;
  /** Epoch ms at which the order was given. */
  dialledAt: number;
  /** Carrier ids that belong to other calls of ours. */
  taken: ReadonlySet<string>;
}

/**
 * A configured carrier. Orders settle when the carrier has accepted them, and reject with a `CallError`:
 * `CARRIER_REFUSED` (it said no: code, message, hint kept), `CARRIER_UNREACHABLE` (it never got the order),
 * `OUTCOME_UNKNOWN` (the reply was lost). Every order honours its signal.
 */
export interface Carrier extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** How it will work for one call, given its opening words; stored with the call. */
  traits(opening: { mode: CallMode; message?: string | undefined; streams: boolean }): CarrierTraits;
  dial(order: DialOrder, signal: AbortSignal): Promise<{ carrierCallId: string }>;
  answer(leg: Leg, signal: AbortSignal): Promise<void>;
  reject(leg: Leg, busy: boolean, signal: AbortSignal): Promise<void>;
  /** Speaks now, in place of whatever the line was doing. */
  speak(leg: Leg, order: SpeakOrder, signal: AbortSignal): Promise<void>;
  /** Opens the caller's turn in silence. */
  listen(leg: Leg, turn: string, signal: AbortSignal): Promise<void>;
  sendDigits(leg: Leg, order: DigitsOrder, signal: AbortSignal): Promise<void>;
  hangUp(leg: Leg, signal: AbortSignal): Promise<HangUpOutcome>;
  lookUp(leg: Leg, signal: AbortSignal): Promise<LookUpOutcome>;
  findLost(dial: LostDial, signal: AbortSignal): Promise<LookUpOutcome>;
  /** Present when `capabilities.webhooks`. */
  readonly webhooks?: CarrierWebhooks;
  /** Present when `capabilities.streams`. */
  readonly media?: CarrierMedia;
}

/** A webhook as it came in: nothing parsed, nothing trusted. */
export interface RawWebhook {
  method: string;
  /** Path and query exactly as requested. */
  target: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  /** Origins, besides the public URL's, that the sender may have signed for, by the word of a trusted proxy. */
  alsoAt?: readonly string[];
}

/** A verified webhook in our words. */
export interface Webhook extends LegFacts {
  /** Stable over retries and replays, made from signed bytes only; unique in the store. */
  key: string;
  /** The carrier executes the reply as its next order. */
  wantsDocument: boolean;
}

export interface WebhookReply {
  status: number;
  contentType: string;
  body: string;
}

export interface CarrierWebhooks {
  /** The header without which a body is not even read. */
  readonly signatureHeader: string;
  /**
   * Checks the signature over the raw request and reads it.
   * @returns undefined when the signature is wrong.
   * @throws CallError `INVALID_INPUT` for a genuine request that cannot be read.
   */
  receive(raw: RawWebhook): Webhook | undefined;
  /** The reply that makes the line do what the state says is next; a pure function of the state. */
  document(state: CallState): WebhookReply;
  /** The reply to a webhook that is no question. */
  acknowledgement(): WebhookReply;
  /** The reply for a call that may not exist (refused caller, or one that we never knew). */
  refusal(kind: "busy" | "rejected" | "unknown"): WebhookReply;
}

/** What a carrier is given to live on. */
export interface CarrierPorts {
  clock: Clock;
  log: Log;
  /** The exact URL at which the carrier reaches us, without a query of ours. Throws `CONFIG_INVALID` when there is none. */
  publicUrl(): string;
  /** A wss URL for one media socket of this call, with a token that lets it in once. Throws `CONFIG_INVALID` like `publicUrl`. */
  streamUrl(callId: string): string;
  /** Hands over facts that arrive by another way than a webhook (the in-process mock). */
  deliver(facts: LegFacts): Promise<void>;
}
