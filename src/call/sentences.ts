// Cuts a reply that is still being written into pieces that can be spoken already.
import { readSpoken } from "./spoken-field.ts";

/** A longer piece is cut at a clause, so that the voice need not wait for it. */
const longestPiece = 300;
/** The first piece may end at a clause already: the caller waits for it. */
const firstPiece = 60;

/** Abbreviations whose dot ends no sentence. */
const abbreviation = /(?:^|[\s(.])(?:mr|mrs|ms|dr|prof|st|no|vs|etc|e\.g|i\.e|approx|[a-z])\.$/i;

export class SentenceCutter {
  /** What is not understood yet: it is, or may become, an object of the JSON contract. */
  #raw = "";
  /** How much of the object's text has been taken; undefined before its text has begun. */
  #taken: number | undefined;
  /** The line is plain text until it ends. */
  #plain = false;
  #rest = "";
  #first = true;

  /** Adds text and takes out what is complete, in order. */
  push(text: string): string[] {
    this.#raw += text;
    while (this.#read());
    const pieces: string[] = [];
    for (let end = this.#end(); end > 0; end = this.#end()) pieces.push(this.#take(end));
    return pieces;
  }

  /** What is left at the end of the reply. */
  flush(): string[] {
    // What only looked like the contract is left as it was written.
    const rest = this.#rest + (this.#taken === undefined ? this.#raw : "");
    this.#rest = "";
    this.#raw = "";
    this.#taken = undefined;
    return rest.trim() === "" ? [] : [rest];
  }

  /** Moves what is understood to the text that is cut; true when there may be more. */
  #read(): boolean {
    const field = this.#plain ? undefined : readSpoken(this.#raw);
    if (field === "unclear") return false;
    if (field === undefined) return this.#readLine();
    const { spoken, end } = field;
    if (spoken !== undefined) {
      this.#rest += spoken.slice(this.#taken ?? 0);
      this.#taken = spoken.length;
    }
    if (end === undefined) return false;
    this.#rest += spoken === undefined ? this.#raw.slice(0, end) : "\n";
    this.#raw = this.#raw.slice(end);
    this.#taken = undefined;
    return this.#raw !== "";
  }

  #readLine(): boolean {
    const end = this.#raw.indexOf("\n") + 1;
    this.#plain = end === 0;
    this.#rest += end === 0 ? this.#raw : this.#raw.slice(0, end);
    this.#raw = end === 0 ? "" : this.#raw.slice(end);
    return end > 0;
  }

  #take(end: number): string {
    const piece = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end);
    this.#first = false;
    return piece;
  }

  /** Where the first complete piece ends; 0 when none is complete. */
  #end(): number {
    if (hasOpenBlock(this.#rest)) return 0;
    for (const match of this.#rest.matchAll(/[.!?…。！？]+["'”’)\]]*(?=\s)|\n+/g)) {
      const end = match.index + match[0].length;
      const piece = this.#rest.slice(0, end);
      if (!abbreviation.test(piece) && !hasOpenBlock(piece)) return end;
    }
    const patience = this.#first ? firstPiece : longestPiece;
    if (this.#rest.length <= patience) return 0;
    const clause = Math.max(...[", ", "; ", ": ", " – "].map((mark) => this.#rest.lastIndexOf(mark, longestPiece)));
    if (clause > patience / 2) return clause + 1;
    return this.#rest.length > longestPiece ? Math.max(1, this.#rest.lastIndexOf(" ", longestPiece)) : 0;
  }
}

/** Reasoning, directives and code are cut as a whole, so that no half of them is spoken. */
function hasOpenBlock(text: string): boolean {
  if (/\[\[[^\]]{0,80}\]?$/.test(text)) return true;
  const opened = text.match(/<(think|thinking|reasoning)>/gi)?.length ?? 0;
  const closed = text.match(/<\/(think|thinking|reasoning)>/gi)?.length ?? 0;
  return opened > closed || (text.match(/```/g)?.length ?? 0) % 2 === 1;
}
