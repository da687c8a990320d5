// Tells our own voice, come back over the line, from a caller who says the same words.
import { isRunOf, wordsOf } from "./spoken-words.ts";

export interface OurWords {
  /** What the caller has heard of us lately, the present sentence as far as it was heard. */
  recent: string;
  /** The sentence that they hear now, or heard last, when it asks for an answer; else empty. */
  question: string;
  /** More of the same reply is to come. */
  goesOn: boolean;
}

/** By what the beginning of a piece was noticed, and how long after it that may be, in ms. */
const noticedAfterMs = { voice: 100, speechStarted: 400, partial: 1000, final: 1500 };
/** The way to the caller's phone and back. */
const roundTripMs = 500;
/** Fewer words say little: they are ours only where our voice has just been. */
const fewestWords = 3;
const justSaidWords = 6;
/** Who is asked answers in our words; nobody repeats so much of a question. */
const mostRepeatedWords = 4;

export class EchoGuard {
  /** Whether the present piece began while our voice could be heard in it; undefined before its first sign. */
  #overUs: boolean | undefined;

  /** A new sound; what an earlier one was that came to no words does not matter. */
  voiceBegins(quietForMs: number): void {
    this.#overUs = couldHold(quietForMs, "voice");
  }

  sign(noticed: keyof typeof noticedAfterMs, quietForMs: number): void {
    this.#overUs ??= couldHold(quietForMs, noticed);
  }

  pieceEnds(): void {
    this.#overUs = undefined;
  }

  isEcho(text: string, { recent, question }: Pick<OurWords, "recent" | "question">): boolean {
    if (this.#overUs === false) return false;
    const words = wordsOf(text);
    const ours = wordsOf(recent);
    if (question !== "") {
      const fewest = Math.min(mostRepeatedWords + 1, Math.max(fewestWords, wordsOf(question).length));
      return words.length >= fewest && isRunOf(words, ours);
    }
    return isRunOf(words, words.length < fewestWords ? ours.slice(-justSaidWords) : ours);
  }

  /** The first words of a piece that may turn out to be all ours. */
  mayBecomeEcho(text: string, { recent }: Pick<OurWords, "recent">): boolean {
    return this.#overUs !== false && isRunOf(wordsOf(text), wordsOf(recent));
  }
}

function couldHold(quietForMs: number, noticed: keyof typeof noticedAfterMs): boolean {
  return quietForMs <= noticedAfterMs[noticed] + roundTripMs;
}
