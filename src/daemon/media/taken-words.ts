// What was understood of a piece when its turn was ended without its final, which may yet come and must not be a turn again.
import { withoutTaken } from "./spoken-words.ts";

/** A final that comes after its turn was ended comes within this. */
const takenForMs = 3000;

export class TakenWords {
  #text = "";
  #until = 0;

  take(text: string, at: number): void {
    this.#text = text;
    this.#until = at + takenForMs;
  }

  /** What of a final is new. */
  freshOf(text: string, at: number): string {
    return at < this.#until ? withoutTaken(text, this.#text) : text;
  }

  forget(): void {
    this.#text = "";
    this.#until = 0;
  }
}
