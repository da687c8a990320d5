// The script of the person at the other end of a call.

/** A piece of recognised speech, as one transcription event carries it. */
export interface Piece {
  readonly text: string;
  readonly isFinal: boolean;
}

/** One thing the callee says or keys when it is its turn. */
export type CalleeUtterance = {
  /** Line milliseconds before it starts, counted from the moment its turn begins (with `bargeIn`: from the start of the speech). Default 300. */
  readonly afterMs?: number;
  /** Speaks over what is being spoken to it. */
  readonly bargeIn?: boolean;
} & (
  | {
      readonly text: string;
      /** How the recogniser splits it, spread evenly over the time of speaking. Default: one interim piece, one final. */
      readonly pieces?: readonly Piece[];
      /** Of the final pieces; null is one that the engine does not tell. Default 0.92. */
      readonly confidence?: number | null;
    }
  /** Keys pressed, `0-9 * # A-D`. */
  | { readonly digits: string }
);

/** How the other party behaves, called or calling. All times are line time (scaled). */
export interface CalleeScript {
  /** Ringing time before the outcome. Default 1000. */
  readonly ringMs?: number;
  /** Default `answer`. */
  readonly outcome?: "answer" | "busy" | "no-answer" | "reject" | "fail";
  /** The `hangup_cause` of a call that is not answered, in place of the usual one of its outcome. */
  readonly hangupCause?: string;
  /** How long a caller waits to be answered. Default 60000. */
  readonly patienceMs?: number;
  /** Verdict of answering-machine detection, when it was asked for. Default `human`. */
  readonly answeredBy?: "human" | "machine" | "not_sure";
  /** Has its first turn right after the answer, not after the first thing it hears. */
  readonly speaksFirst?: boolean;
  /** Said one by one, one for each turn; silence afterwards. A turn begins when what was spoken has been heard out, and speech waits until it is transcribed. */
  readonly utterances?: readonly (CalleeUtterance | string)[];
  /** Instead of `utterances`: what to answer to what was heard since the last turn; null stays silent. */
  readonly reply?: "echo" | ((heard: string, turn: number) => string | null);
  /** Hangs up so long after the answer. */
  readonly hangUpAfterMs?: number;
  /** Hangs up in the middle of the first thing spoken to it, or when its first turn comes. */
  readonly hangUpDuring?: "speak" | "turn";
  /** Hangs up when its turn comes after so many turns of its own. */
  readonly hangUpAfterTurns?: number;
}

/** Input from the callee, from the script or from a person at the keyboard. */
export type CalleeInput =
  | {
      readonly kind: "speech";
      readonly text: string;
      readonly pieces: readonly Piece[];
      readonly confidence: number | null;
    }
  | { readonly kind: "digits"; readonly digits: string };

const USUAL_CONFIDENCE = 0.92;

/** The input of a script's entry. */
export function inputOf(utterance: CalleeUtterance | string): CalleeInput {
  if (typeof utterance === "string") {
    return speech({ text: utterance });
  }
  return "digits" in utterance ? { kind: "digits", digits: utterance.digits } : speech(utterance);
}

function speech(spoken: {
  readonly text: string;
  readonly pieces?: readonly Piece[];
  readonly confidence?: number | null;
}): CalleeInput {
  const { text, pieces, confidence = USUAL_CONFIDENCE } = spoken;
  return { kind: "speech", text, confidence, pieces: pieces ?? usualPieces(text) };
}

function usualPieces(text: string): Piece[] {
  const words = text.split(" ");
  const half =
    words.length > 1
      ? words.slice(0, Math.ceil(words.length / 2)).join(" ")
      : text.slice(0, Math.ceil(text.length / 2));
  return [
    { text: half, isFinal: false },
    { text, isFinal: true },
  ];
}
