// Cuts a reply that is still being written into pieces that can be spoken already.
import { readSpoken } from "./spoken-field.ts";

/** A longer piece is cut at a clause, so that the voice need not wait for it. */
const longestPiece = 300;
/** The first piece may end at a clause already: the caller waits for it. */
const firstPiece = 60;

/** Where a sentence ends. Scripts that put no space between sentences have marks of their own. */
const sentenceEnd = /[.!?…]+["'”’)\]]*(?=\s)|[。！？｡]+["'”’」』）)\]]*|\n+/g;

/** Abbreviations and numbers of a list, whose dot ends no sentence. */
const abbreviation =
  /(?:^|[\s(.])(?:mr|mrs|ms|dr|prof|sr|jr|st|mt|no|vs|etc|e\.g|i\.e|approx|inc|ltd|dept|[a-z])\.$|(?:^|\n)\s*\d{1,2}\.$/i;

const clauses = /[,;:](?=\s)|[，、；：]|\s[–—](?=\s)/g;

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
    return this.#complete();
  }

  /** What is left at the end of the reply. */
  flush(): string[] {
    // What only looked like the contract is left as it was written.
    if (this.#taken === undefined) this.#rest += this.#raw;
    this.#raw = "";
    this.#taken = undefined;
    const pieces = this.#complete();
    const rest = this.#rest;
    this.#rest = "";
    return rest.trim() === "" ? pieces : [...pieces, rest];
  }

  #complete(): string[] {
    const pieces: string[] = [];
    for (let end = this.#end(); end > 0; end = this.#end()) pieces.push(this.#take(end));
    return pieces;
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
    if (piece.trim() !== "") this.#first = false;
    return piece;
  }

  /** Where the first complete piece ends; 0 when none is complete. */
  #end(): number {
    const text = this.#rest;
    if (hasOpenBlock(text)) return 0;
    const sentence = endOfSentence(text);
    const patience = this.#first ? firstPiece : longestPiece;
    const longest = this.#first ? 2 * firstPiece : longestPiece;
    if (sentence > 0 && sentence <= longest) return sentence;
    if (text.length <= patience) return 0;
    const clause = endOfClause(text, longest);
    if (clause > patience / 2) return clause;
    if (sentence > 0 && sentence <= longestPiece) return sentence;
    if (text.length <= longestPiece) return 0;
    const cut = endOfWord(text);
    // A block that is longer is spoken by nobody: it goes out whole, with the sentence around it.
    return hasOpenBlock(text.slice(0, cut)) ? sentence : cut;
  }
}

function endOfSentence(text: string): number {
  for (const match of text.matchAll(sentenceEnd)) {
    const end = match.index + match[0].length;
    const piece = text.slice(0, end);
    if (!abbreviation.test(piece) && !hasOpenBlock(piece)) return end;
  }
  return 0;
}

/** The last one within `longest` characters; 0 when there is none. */
function endOfClause(text: string, longest: number): number {
  const ends = [...text.slice(0, longest + 1).matchAll(clauses)].map((match) => match.index + match[0].length);
  return ends.findLast((end) => end <= longest && !hasOpenBlock(text.slice(0, end))) ?? 0;
}

/** Before a space, or where there is none between two characters. */
function endOfWord(text: string): number {
  const space = text.lastIndexOf(" ", longestPiece);
  if (space > 0) return space;
  return /[\uD800-\uDBFF]/.test(text.charAt(longestPiece - 1)) ? longestPiece - 1 : longestPiece;
}

/** Reasoning, directives and code are cut as a whole, so that no half of them is spoken. */
function hasOpenBlock(text: string): boolean {
  if (/\[\[[^\]]{0,80}\]?$/.test(text)) return true;
  const opened = text.match(/<(think|thinking|reasoning)>/gi)?.length ?? 0;
  const closed = text.match(/<\/(think|thinking|reasoning)>/gi)?.length ?? 0;
  return opened > closed || (text.match(/```/g)?.length ?? 0) % 2 === 1;
}
