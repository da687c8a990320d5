// The scripted person at the other end of a call.

/** One thing the callee says or keys when it is asked for input. */
export type CalleeUtterance = {
  /** Line milliseconds before it starts, counted from the end of the prompt (from its start with `bargeIn`). Default 300. */
  readonly afterMs?: number;
  /** Speaks over the prompt. */
  readonly bargeIn?: boolean;
} & (
  | { readonly text: string; readonly confidence?: number }
  /** Keys pressed, `0-9 * # A-D`. */
  | { readonly digits: string }
);

/** How the callee behaves. All times are line time (scaled). */
export interface CalleeScript {
  /** Ringing time before the outcome. Default 1000. */
  readonly ringMs?: number;
  /** Default `answer`. */
  readonly outcome?: "answer" | "busy" | "no-answer" | "fail";
  /** Verdict of answering-machine detection, when it was asked for. Default `human`. */
  readonly answeredBy?: string;
  /** Said one by one, one for each Gather; silence afterwards. */
  readonly utterances?: readonly (CalleeUtterance | string)[];
  /** Instead of `utterances`: what to answer to what was heard since the last turn; null stays silent. */
  readonly reply?: "echo" | ((heard: string, turn: number) => string | null);
  /** Hangs up so long after the answer. */
  readonly hangUpAfterMs?: number;
  /** Hangs up in the middle of the first verb of this kind. */
  readonly hangUpDuring?: "say" | "gather" | "pause";
  /** Hangs up when asked for input after so many turns of its own. */
  readonly hangUpAfterTurns?: number;
}

/** Input from the callee, from the script or from a person at the keyboard. */
export type CalleeInput =
  | { readonly kind: "speech"; readonly text: string; readonly confidence: number }
  | { readonly kind: "digits"; readonly digits: string };

export type CalleeMove =
  | { readonly move: "input"; readonly input: CalleeInput; readonly afterMs: number }
  | { readonly move: "hang-up"; readonly afterMs: number }
  | { readonly move: "silence" };

const REACTION_MS = 300;
const USUAL_CONFIDENCE = 0.92;

/** Speech as the recogniser will report it. */
export function speech(text: string, confidence: number = USUAL_CONFIDENCE): CalleeInput {
  return { kind: "speech", text, confidence };
}

/** Follows one script through one call. */
export class Callee {
  readonly script: CalleeScript;
  #turn = 0;

  constructor(script: CalleeScript) {
    this.script = script;
  }

  /** Whether the next utterance is spoken over the prompt. */
  get interrupts(): boolean {
    const next = this.script.utterances?.[this.#turn];
    return typeof next === "object" && next.bargeIn === true;
  }

  /** What the callee does now that it is its turn, having heard `heard` since it last spoke. */
  move(heard: string): CalleeMove {
    const turn = this.#turn;
    this.#turn += 1;
    const { hangUpDuring, hangUpAfterTurns, reply } = this.script;
    if (hangUpDuring === "gather" || turn >= (hangUpAfterTurns ?? Number.POSITIVE_INFINITY)) {
      return { move: "hang-up", afterMs: REACTION_MS };
    }
    if (reply === undefined) {
      return utteranceMove(this.script.utterances?.[turn]);
    }
    const text = reply === "echo" ? heard : reply(heard, turn);
    return text === null || text === ""
      ? { move: "silence" }
      : { move: "input", input: speech(text), afterMs: REACTION_MS };
  }
}

function utteranceMove(utterance: CalleeUtterance | string | undefined): CalleeMove {
  if (utterance === undefined) {
    return { move: "silence" };
  }
  if (typeof utterance === "string") {
    return { move: "input", input: speech(utterance), afterMs: REACTION_MS };
  }
  const input: CalleeInput =
    "digits" in utterance ? { kind: "digits", digits: utterance.digits } : speech(utterance.text, utterance.confidence);
  return { move: "input", input, afterMs: utterance.afterMs ?? REACTION_MS };
}
