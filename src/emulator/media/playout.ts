// The carrier's buffer towards the callee: plays in order at its own pace, gives marks back when their time comes.
import type { SoundLog } from "./sound-log.ts";

interface Mark {
  readonly name: string;
  /** The sample at which everything before it was played. */
  readonly at: number;
}

/** All times are samples on one time line, which is the caller's. */
export class Playout {
  readonly #ear: SoundLog;
  #marks: Mark[] = [];

  constructor(ear: SoundLog) {
    this.#ear = ear;
  }

  /** Plays at once, or behind what is still to be played. */
  push(ulaw: Uint8Array, now: number): void {
    this.#ear.add(now, ulaw);
  }

  mark(name: string, now: number): void {
    this.#marks.push({ name, at: Math.max(now, this.#ear.end) });
  }

  /** Throws away what was not played; the marks that waited for it. */
  clear(now: number): string[] {
    this.#ear.cut(now);
    const waiting = this.#marks.map(({ name }) => name);
    this.#marks = [];
    return waiting;
  }

  /** The marks whose time has come, in order, each once. */
  played(now: number): string[] {
    const due = this.#marks.filter(({ at }) => at <= now);
    if (due.length > 0) {
      this.#marks = this.#marks.filter(({ at }) => at > now);
    }
    return due.map(({ name }) => name);
  }

  /** Samples that are still to be played. */
  buffered(now: number): number {
    return Math.max(0, this.#ear.end - now);
  }
}
