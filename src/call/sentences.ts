// Cuts a reply that is still being written into pieces that can be spoken already.

/** A longer piece is cut at a clause, so that the voice need not wait for it. */
const longestPiece = 300;
/** The first piece may end at a clause already: the caller waits for it. */
const firstPiece = 60;

/** Abbreviations whose dot ends no sentence. */
const abbreviation = /(?:^|[\s(.])(?:mr|mrs|ms|dr|prof|st|no|vs|etc|e\.g|i\.e|approx|[a-z])\.$/i;

export class SentenceCutter {
  #rest = "";
  #first = true;

  /** Adds text and takes out what is complete, in order. */
  push(text: string): string[] {
    this.#rest += text;
    const pieces: string[] = [];
    // A reply under the JSON contract can be read only when it is whole.
    if (/^\s*(```|\{)/.test(this.#rest) && this.#first) return pieces;
    for (let end = this.#end(); end > 0; end = this.#end()) pieces.push(this.#take(end));
    return pieces;
  }

  /** What is left at the end of the reply. */
  flush(): string[] {
    const rest = this.#rest;
    this.#rest = "";
    return rest.trim() === "" ? [] : [rest];
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

/** Reasoning and code are cut as a whole, so that no half of them is spoken. */
function hasOpenBlock(text: string): boolean {
  const opened = text.match(/<(think|thinking|reasoning)>/gi)?.length ?? 0;
  const closed = text.match(/<\/(think|thinking|reasoning)>/gi)?.length ?? 0;
  return opened > closed || (text.match(/```/g)?.length ?? 0) % 2 === 1;
}
