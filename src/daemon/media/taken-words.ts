// Words of a piece that made a turn before their final came: it may yet come, and must not make the turn a second time.
import { wordsOf } from "./spoken-words.ts";

/** A final that comes late comes within this. */
const takenForMs = 3000;

export class TakenWords {
  #words: string[] = [];
  #until = 0;

  take(text: string, at: number): void {
    this.#words = wordsOf(text);
    this.#until = at + takenForMs;
  }

  /** What comes from now on is of something else. */
  forget(): void {
    this.#words = [];
  }

  /** What a text adds to what was taken; all of it when it is of something else. */
  without(text: string, at: number): string {
    const taken = this.#words;
    if (taken.length === 0 || at >= this.#until) return text;
    const words = wordsOf(text);
    if (2 * taken.filter((word, place) => words[place] === word).length < taken.length) return text;
    const written = text.split(/\s+/u).filter((word) => wordsOf(word).length > 0);
    return written.slice(taken.length).join(" ");
  }
}
