// A call's audio that is not yet made into words: kept within bounds, so that it can be sent again after a reconnect.
import type { UlawFrame } from "../transcriber.ts";

/** 15 s. */
const mostKeptBytes = 120_000;

/** In the stream of audio: what was said up to here shall be made into words. */
export const commitMark = "commit";

interface Piece {
  what: UlawFrame | typeof commitMark;
  /** Bytes of audio since the ear was opened, this piece included. */
  end: number;
}

export class Backlog {
  readonly #lengthOf: (frame: UlawFrame) => number;
  #pieces: Piece[] = [];
  /** How many of the pieces the present socket has got. */
  #sent = 0;
  #end = 0;
  #droppedBytes = 0;

  constructor(lengthOf: (frame: UlawFrame) => number) {
    this.#lengthOf = lengthOf;
  }

  /** Where the audio ends that the present socket has got. */
  get sentUpTo(): number {
    return this.#pieces[this.#sent - 1]?.end ?? this.#start();
  }

  get unsent(): number {
    return this.#pieces.length - this.#sent;
  }

  /** Milliseconds that no socket ever got, and none will. */
  get droppedMs(): number {
    return this.#droppedBytes / 8;
  }

  get keptMs(): number {
    return (this.#end - this.#start()) / 8;
  }

  push(frame: UlawFrame): void {
    this.#end += this.#lengthOf(frame);
    this.#pieces.push({ what: frame, end: this.#end });
    while (this.#end - this.#start() > mostKeptBytes) this.#dropFirst();
  }

  mark(): void {
    // One is enough, however often it is asked for.
    if (this.#pieces.at(-1)?.what === commitMark) return;
    this.#pieces.push({ what: commitMark, end: this.#end });
  }

  /** What comes next for the present socket: up to so many frames, or one mark. */
  next(frames: number): UlawFrame[] | typeof commitMark | undefined {
    const taken: UlawFrame[] = [];
    for (let at = this.#sent; at < this.#pieces.length && taken.length < frames; at += 1) {
      const what = this.#pieces[at]?.what;
      if (what === undefined || what === commitMark) return taken.length > 0 ? taken : what;
      taken.push(what);
    }
    const whole = taken.length === frames;
    return whole ? taken : undefined;
  }

  /** The present socket has got this. */
  advance(taken: UlawFrame[] | typeof commitMark): void {
    this.#sent += taken === commitMark ? 1 : taken.length;
  }

  /** A new socket: all that is kept goes to it. Returns where that begins. */
  rewind(): number {
    this.#sent = 0;
    return this.#start();
  }

  /** Forgets what was sent and ends at or before this position. */
  forget(upTo: number): void {
    let count = 0;
    while (count < this.#sent && (this.#pieces[count]?.end ?? Infinity) <= upTo) count += 1;
    this.#pieces.splice(0, count);
    this.#sent -= count;
  }

  #start(): number {
    const first = this.#pieces[0];
    return first === undefined ? this.#end : first.end - (first.what === commitMark ? 0 : this.#lengthOf(first.what));
  }

  #dropFirst(): void {
    const start = this.#start();
    const first = this.#pieces.shift();
    if (this.#sent > 0) this.#sent -= 1;
    else if (first !== undefined) this.#droppedBytes += first.end - start;
  }
}
