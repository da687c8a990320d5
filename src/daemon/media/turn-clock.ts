// The times of a caller's turn, from their last word to the moment in which they hear ours.
import type { TurnTimes } from "../../call/event.ts";

export type TurnMark = keyof TurnTimes;

export interface TimedTurn {
  offerId: string;
  /** Monotonic ms. */
  speechEndedAt: number;
  times: TurnTimes;
}

export class TurnClock {
  #pending: { speechEndedAt: number; times: TurnTimes } | undefined;
  #turn: TimedTurn | undefined;
  /** The first utterance of the reply; later ones have no times. */
  #utteranceId: string | undefined;

  /** A turn was ended by us, and is about to be offered. */
  ended(speechEndedAt: number, endDecidedAt: number, now: number): void {
    this.#pending = {
      speechEndedAt,
      times: { endDecided: endDecidedAt - speechEndedAt, transcript: now - speechEndedAt },
    };
  }

  /** @returns what is known of the turn before, when it did not come to its end. */
  offered(offerId: string, now: number): TimedTurn | undefined {
    const before = this.take();
    const pending = this.#pending;
    if (pending === undefined) return before;
    this.#pending = undefined;
    const { speechEndedAt, times } = pending;
    this.#turn = { offerId, speechEndedAt, times: { ...times, offered: now - speechEndedAt } };
    return before;
  }

  firstToken(offerId: string, now: number): void {
    if (this.#turn?.offerId === offerId) this.#set("firstToken", now);
  }

  /** The reply's first utterance; what is told of it counts. */
  replied(offerId: string, utteranceId: string): void {
    if (this.#turn?.offerId === offerId) this.#utteranceId ??= utteranceId;
  }

  /** @returns the whole turn once the caller has heard of the reply. */
  spoken(mark: TurnMark, utteranceId: string, now: number): TimedTurn | undefined {
    if (this.#turn === undefined || utteranceId !== this.#utteranceId) return undefined;
    this.#set(mark, now);
    return mark === "heard" ? this.take() : undefined;
  }

  /** What is known, once. */
  take(): TimedTurn | undefined {
    const turn = this.#turn;
    this.#turn = undefined;
    this.#utteranceId = undefined;
    return turn;
  }

  #set(mark: TurnMark, now: number): void {
    const turn = this.#turn;
    if (turn !== undefined) turn.times[mark] ??= now - turn.speechEndedAt;
  }
}
