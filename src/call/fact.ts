// What carriers tell us, in our words: the normalised content of a webhook, a reply or a look-up.
import type { CallId, CarrierCallId, TurnId, UtteranceId } from "./ids.ts";
import type { LegReport } from "./event.ts";

/** How a carrier says that a leg is over. */
export type LegOutcome = "completed" | "busy" | "no-answer" | "failed" | "canceled" | "timeout";

export type CarrierFact =
  | { type: "incoming"; from: string; to: string }
  | { type: "ringing" }
  | { type: "answered"; answeredBy?: string }
  /** The carrier asks for, or will take, the next order. */
  /** `stream`: a media socket is up; a call that streams takes orders by nothing else. */
  | { type: "ready"; stream?: true }
  | { type: "started"; utteranceId: UtteranceId }
  /** `proof`: the carrier has not said so, but it must be over. */
  | { type: "played"; utteranceId: UtteranceId; proof?: "estimate" }
  /** `byCaller`: they spoke into it; `clearMs` after they began our voice was stopped. */
  | { type: "cut"; utteranceId: UtteranceId; heard: string; byCaller?: true; clearMs?: number }
  /** A `turn` is checked against the one that is open; a carrier that listens all the time gives none. */
  | { type: "spoke"; text: string; turn?: TurnId; confidence?: number }
  /** A final piece of what the caller says; the turn is over when no further piece comes within the silence time-out. */
  | { type: "heard"; text: string; confidence?: number }
  | { type: "silent"; turn?: TurnId }
  /** They are in the middle of saying something, as our own ear hears. */
  | { type: "speaking" }
  | { type: "pressed"; digits: string; turn?: TurnId }
  /** The media stream has ended, or never came up, and the line asks for its next order. */
  | { type: "streamOver"; message?: string }
  /** The caller spoke, and no words of it have come yet; `lost`: they will not. */
  | { type: "unheard"; lost: boolean }
  /** Our recogniser has given up. */
  | { type: "deaf"; message: string }
  /** No audio has come over the media stream for long. */
  | { type: "stalled" }
  /** What the carrier's detection makes of who answered. `greetingOver`: the machine takes a message now. */
  /** `greetingMs`: the carrier will not say when the greeting is over; it takes about so long. */
  | { type: "detected"; who: "human" | "machine" | "unknown"; greetingOver: boolean; greetingMs?: number }
  | { type: "over"; outcome: LegOutcome; carrierCode?: string; message?: string; hint?: string }
  | { type: "reported"; leg: LegReport; outcome?: LegOutcome }
  | { type: "noted"; what: string };

/** Facts about one leg that arrived together. */
export interface LegFacts {
  /** Our id, when the carrier gave it back to us (callback URL, client state). */
  callId?: CallId;
  carrierCallId?: CarrierCallId;
  /** The id that the dial order was answered with, when the carrier now names the leg by another one (Plivo). */
  formerCarrierCallId?: CarrierCallId;
  facts: CarrierFact[];
}
