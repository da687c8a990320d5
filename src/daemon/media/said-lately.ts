// What the caller has heard of us lately, to tell our own voice from theirs, and assent from an answer.
import type { OurWords } from "./echo-guard.ts";

/** No echo, and no word for one, comes later. */
const rememberedMs = 2500;
const mostCharacters = 400;
const asks = /[?？؟]["'”’)\]]*\s*$/u;

export interface Saying {
  text: string;
  /** How far the caller has heard it. */
  heard: string;
  /** Its answer is waited for, whether it sounds like a question or not. */
  asked: boolean;
}

export class SaidLately {
  #recent = "";
  #last: Saying | undefined;
  #until = 0;

  /** A sentence is over, or was cut. */
  add(saying: Saying, now: number): void {
    this.#recent = joined(now < this.#until ? this.#recent : "", saying.heard);
    this.#last = saying;
    this.#until = now + rememberedMs;
  }

  words(current: Saying | undefined, now: number): Pick<OurWords, "recent" | "question"> {
    const isRecent = now < this.#until;
    const last = current ?? (isRecent ? this.#last : undefined);
    const question = last !== undefined && (last.asked || asks.test(last.text)) ? last.text : "";
    return { recent: joined(isRecent ? this.#recent : "", current?.heard ?? ""), question };
  }
}

function joined(before: string, text: string): string {
  return `${before} ${text}`.trim().slice(-mostCharacters);
}
