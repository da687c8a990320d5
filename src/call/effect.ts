// What the world must do because of an event. Effects are never stored: their outcomes are, and a restart derives
// the ones without an outcome from the state (resume.ts).
import type { DigitsId, TurnId, UtteranceId } from "./ids.ts";

export type CallEffect =
  | { type: "dial" }
  | { type: "answer" }
  | { type: "reject"; busy: boolean }
  /** `turn`: on a gathering carrier, the caller's turn that opens with the utterance. */
  | { type: "speak"; utteranceId: UtteranceId; text: string; turn?: TurnId }
  | { type: "listen"; turn: TurnId }
  /** `turn`: on a gathering carrier, the caller's turn that opens behind the digits. */
  | { type: "sendDigits"; digitsId: DigitsId; digits: string; turn?: TurnId }
  /** Have the carrier open a media stream on the line that is up. */
  | { type: "attach" }
  /** No media stream any more: the carrier speaks and listens itself. */
  | { type: "detach" }
  | { type: "hangUp" }
  | { type: "lookUp" };
