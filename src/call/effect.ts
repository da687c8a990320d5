// What the world must do because of an event. Effects are never stored: their outcomes are, and a restart derives
// the ones without an outcome from the state (resume.ts).
import type { CallState } from "./state.ts";
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

/**
 * Of the effects of decisions that are stored together: those that the state they lead to still wants. Whose turn it is to
 * speak is one thing, so only the last order for it counts, and not when what it would say is over already.
 */
export function stillDue(effects: readonly CallEffect[], { turn }: CallState): CallEffect[] {
  const last = effects.findLast(({ type }) => type === "speak" || type === "listen");
  return effects.filter((effect) => {
    if (effect.type === "speak")
      return effect === last && turn.whose === "agent" && turn.utterance.utteranceId === effect.utteranceId;
    return effect.type !== "listen" || (effect === last && turn.whose === "caller");
  });
}
