// How long the mock's speech and digits take, at the pace of its configuration.
import { digitsMs, heardAfter, speakingMs } from "../../../call/state.ts";

/** A measured way of speaking English, in ms per character, at pace 1. */
const ordinaryMsPerCharacter = 60;

const ordinary = {
  gathers: false,
  answersByReply: false,
  inlineOpening: false,
  streams: false,
  msPerCharacter: ordinaryMsPerCharacter,
};

/** Scales all that takes time on the line: 1 is a person's pace, 0.5 twice as fast, 0 at once. */
export class Pace {
  readonly #scale: number;

  constructor(scale: number) {
    this.#scale = scale;
  }

  get msPerCharacter(): number {
    return ordinaryMsPerCharacter * this.#scale;
  }

  /** `ms` at this pace. */
  scaled(ms: number): number {
    return ms * this.#scale;
  }

  /** How long the text takes to speak, in ms. */
  speech(text: string): number {
    return this.scaled(speakingMs(ordinary, text));
  }

  /** How long the digits take to send, pauses included, in ms. */
  digits(digits: string): number {
    return this.scaled(digitsMs(digits));
  }

  /** The part of the text that was spoken within `elapsedMs`. */
  heard(text: string, elapsedMs: number): string {
    return this.#scale === 0 ? "" : heardAfter(ordinary, text, elapsedMs / this.#scale);
  }
}
