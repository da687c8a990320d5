// Follows one callee script through one call: whose turn it is, and what the callee then does.
import type { Clock } from "../clock.ts";
import { inputOf, type CalleeInput, type CalleeScript, type CalleeUtterance } from "./callee.ts";

/** What the callee can do and see on the call. */
export interface CalleeSeat {
  readonly clock: Clock;
  /** Aborts at the end of the call. */
  readonly lifetime: AbortSignal;
  /** Whether its words are being transcribed. */
  readonly listening: () => boolean;
  /** The words heard since this was last asked. */
  readonly takeHeard: () => string;
  readonly give: (input: CalleeInput) => void;
  readonly hangUp: () => void;
}

interface Move {
  readonly afterMs: number;
  readonly needsListening: boolean;
  readonly act: () => void;
}

const REACTION_MS = 300;
const MID_SPEECH_MS = 500;

export class CalleeTurns {
  readonly #script: CalleeScript;
  readonly #seat: CalleeSeat;
  #turn = 0;
  #due = false;
  #spokeMeanwhile = false;
  #pending: AbortController | null = null;

  constructor(script: CalleeScript, seat: CalleeSeat) {
    this.#script = script;
    this.#seat = seat;
  }

  answered(): void {
    const { hangUpAfterMs, speaksFirst } = this.#script;
    if (hangUpAfterMs !== undefined) {
      this.#seat.clock.later(hangUpAfterMs, this.#seat.hangUp, this.#seat.lifetime);
    }
    if (speaksFirst === true) {
      this.#begin();
    }
  }

  /** Something is being spoken to the callee for so long, who then waits, unless the script says to speak over it. */
  spokenTo(durationMs: number): void {
    this.#due = false;
    this.#spokeMeanwhile = false;
    this.#pending?.abort();
    this.#pending = null;
    if (this.#script.hangUpDuring === "speak") {
      this.#seat.clock.later(Math.min(MID_SPEECH_MS, durationMs / 2), this.#seat.hangUp, this.#seat.lifetime);
      return;
    }
    const next = this.#script.utterances?.[this.#turn];
    if (typeof next === "object" && next.bargeIn === true) {
      this.#spokeMeanwhile = true;
      this.#schedule(this.#utteranceMove(next));
    }
  }

  /** What was spoken has been heard to its end, and nothing follows. */
  heardOut(): void {
    if (!this.#spokeMeanwhile) {
      this.#begin();
    }
  }

  /** The callee's words are being transcribed from now on. */
  listenedTo(): void {
    this.#proceed();
  }

  #begin(): void {
    this.#due = true;
    this.#proceed();
  }

  #proceed(): void {
    const move = this.#due && this.#pending === null ? this.#move() : null;
    if (move !== null && (!move.needsListening || this.#seat.listening())) {
      this.#schedule(move);
    }
  }

  #schedule(move: Move): void {
    const pending = new AbortController();
    this.#pending = pending;
    const act = () => {
      this.#pending = null;
      this.#due = false;
      this.#turn += 1;
      move.act();
    };
    this.#seat.clock.later(move.afterMs, act, AbortSignal.any([pending.signal, this.#seat.lifetime]));
  }

  #move(): Move | null {
    const { hangUpDuring, hangUpAfterTurns = Number.POSITIVE_INFINITY, reply, utterances } = this.#script;
    if (hangUpDuring === "turn" || this.#turn >= hangUpAfterTurns) {
      return { afterMs: REACTION_MS, needsListening: false, act: this.#seat.hangUp };
    }
    if (reply !== undefined) {
      return { afterMs: REACTION_MS, needsListening: true, act: this.#reply(reply, this.#turn) };
    }
    const next = utterances?.[this.#turn];
    return next === undefined ? null : this.#utteranceMove(next);
  }

  #utteranceMove(utterance: CalleeUtterance | string): Move {
    const input = inputOf(utterance);
    const { afterMs = REACTION_MS } = typeof utterance === "string" ? {} : utterance;
    return { afterMs, needsListening: input.kind === "speech", act: () => this.#seat.give(input) };
  }

  #reply(reply: NonNullable<CalleeScript["reply"]>, turn: number): () => void {
    return () => {
      const heard = this.#seat.takeHeard();
      const text = reply === "echo" ? heard : reply(heard, turn);
      if (text !== null && text !== "") {
        this.#seat.give(inputOf(text));
      }
    };
  }
}
