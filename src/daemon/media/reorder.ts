// Puts frames that come out of order back into it, within a window of a few frames.

/** What the next frames to hear are: in order, and what is missing between them. */
export interface Reordered<Frame> {
  readonly frame: Frame;
  /** Frames that are missing in front of this one. */
  readonly missing: number;
}

/** Three frames of 20 ms: what Telnyx may have swapped; waiting longer would be heard as delay. */
const windowFrames = 3;
/** So many late ones in a row are no stragglers: the carrier counts anew, and would not be heard for the rest of the call. */
const restartFrames = 25;

/**
 * Waits for a frame that is missing until `windowFrames` later ones have come, then goes on without it. A frame in order passes
 * at once. What comes too late, or twice, is dropped and counted.
 */
export class ReorderWindow<Frame> {
  #next: number | undefined;
  #waiting = new Map<number, Frame>();
  #dropped = 0;
  #lateInARow = 0;
  #lost = 0;

  /** Frames that came too late, or twice. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Frames that were gone on without. */
  get lost(): number {
    return this.#lost;
  }

  /** `chunk`: the frame's number in the carrier's counting, which rises by one. */
  push(chunk: number, frame: Frame): readonly Reordered<Frame>[] {
    this.#next ??= chunk;
    if (chunk < this.#next && ++this.#lateInARow >= restartFrames) this.#next = chunk;
    if (chunk < this.#next || this.#waiting.has(chunk)) {
      this.#dropped++;
      return [];
    }
    this.#lateInARow = 0;
    this.#waiting.set(chunk, frame);
    const out: Reordered<Frame>[] = [];
    let missing = 0;
    while (this.#waiting.size > 0) {
      const due = this.#waiting.get(this.#next);
      if (due !== undefined) {
        this.#waiting.delete(this.#next++);
        out.push({ frame: due, missing });
        missing = 0;
      } else if (this.#waiting.size >= windowFrames) {
        const first = Math.min(...this.#waiting.keys());
        missing = first - this.#next;
        this.#lost += missing;
        this.#next = first;
      } else break;
    }
    return out;
  }
}
