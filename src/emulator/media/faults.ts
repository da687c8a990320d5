// What the media side of an emulator can be told to do wrong.
import { counted, take, type Counted } from "../counted-faults.ts";

/** A fault of media sockets. Every one in force hits the next stream; times are real milliseconds. */
export type MediaFault = {
  /** How many streams it hits; without end when absent. */
  readonly times?: number;
} & (
  | { readonly fault: "never-connect" }
  | { readonly fault: "late-connect"; readonly ms: number }
  | { readonly fault: "wrong-signature" }
  /** The socket is opened, and nothing is said for so long. */
  | { readonly fault: "late-start"; readonly ms: number }
  | { readonly fault: "no-start" }
  | { readonly fault: "duplicate-start" }
  /** The leg that `start` names is another one's. */
  | { readonly fault: "wrong-call" }
  /** The socket breaks, without a word, so long after the start. */
  | { readonly fault: "drop"; readonly afterMs: number }
  /** Nothing is sent for so long; then everything at once. */
  | { readonly fault: "stall"; readonly afterMs: number; readonly forMs: number }
  /** Every so many frames one is sent after the one that follows `by` later. */
  | { readonly fault: "reorder"; readonly every: number; readonly by: number }
  | { readonly fault: "lose"; readonly every: number }
  /** Every so many frames one frame of this kind comes besides. */
  | {
      readonly fault: "garbage";
      readonly every: number;
      readonly kind: "text" | "binary" | "other-stream" | "oversized";
    }
  /** Marks never come back. */
  | { readonly fault: "lose-marks" }
  /** Another socket dials the same URL, so long after the start, and says `start` for the same leg. */
  | { readonly fault: "second-socket"; readonly afterMs: number }
  /** The socket stays open, and audio goes on, so long after the `stop`. */
  | { readonly fault: "late-close"; readonly ms: number }
);

type Named<Name extends MediaFault["fault"]> = Extract<MediaFault, { readonly fault: Name }>;

/** The faults of one stream. */
export class StreamFaults {
  readonly #faults: readonly MediaFault[];

  constructor(faults: readonly MediaFault[]) {
    this.#faults = faults;
  }

  find<Name extends MediaFault["fault"]>(name: Name): Named<Name> | undefined {
    return this.#faults.find((fault): fault is Named<Name> => fault.fault === name);
  }

  has(name: MediaFault["fault"]): boolean {
    return this.find(name) !== undefined;
  }
}

/** Holds the faults in force and counts down those with `times`. */
export class MediaFaultPlan {
  #plan: Counted<MediaFault>[] = [];

  replace(faults: readonly MediaFault[]): void {
    this.#plan = counted(faults);
  }

  /** The faults that hit the next stream, used up by one. */
  forStream(): StreamFaults {
    return new StreamFaults(take(this.#plan, () => true));
  }
}
