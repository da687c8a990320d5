// The bad manners that an emulated voice can be given.
import { counted, type Counted, take } from "../counted-faults.ts";

interface Times {
  /** How many pieces of speech it hits; without it all of them. */
  readonly times?: number;
}

export type VoiceFault =
  /** Refuses with this status and an error in the service's shape. */
  | ({ readonly fault: "refuse"; readonly status: number; readonly code?: string } & Times)
  /** An error with status 200, said to be audio. */
  | ({ readonly fault: "error-as-audio"; readonly content: "json" | "html" } & Times)
  /** Takes the order and never says anything. */
  | ({ readonly fault: "never-answers" } & Times)
  /** Closes the connection without a word. */
  | ({ readonly fault: "hang-up" } & Times)
  /** Begins to answer, then no more audio comes; `afterMs` of audio before that. */
  | ({ readonly fault: "stall"; readonly afterMs: number } & Times)
  /** Closes the connection after `afterMs` of audio. */
  | ({ readonly fault: "close"; readonly afterMs: number } & Times)
  /** Ends in good order without a single byte. */
  | ({ readonly fault: "empty" } & Times)
  /** Waits so long before it answers. */
  | ({ readonly fault: "delay"; readonly ms: number } & Times)
  /** Pieces of odd lengths, 1 byte and up. */
  | ({ readonly fault: "odd-pieces" } & Times)
  /** 20 ms of audio every so often. */
  | ({ readonly fault: "drip"; readonly everyMs: number } & Times)
  /** Says these words in place of what it was asked to read. */
  | ({ readonly fault: "strays"; readonly words: string } & Times)
  /** Answers once more when it has answered. */
  | ({ readonly fault: "answers-twice" } & Times);

type Kind = VoiceFault["fault"];

/** The faults that hit one piece of speech. */
export class FaultsInForce {
  readonly #faults: readonly VoiceFault[];

  constructor(faults: readonly VoiceFault[]) {
    this.#faults = faults;
  }

  find<Name extends Kind>(name: Name): Extract<VoiceFault, { fault: Name }> | undefined {
    return this.#faults.find((fault): fault is Extract<VoiceFault, { fault: Name }> => fault.fault === name);
  }
}

/** The faults that were asked for, with how often they still hit. */
export class VoiceFaultPlan {
  #plan: Counted<VoiceFault>[] = [];

  replace(faults: readonly VoiceFault[]): void {
    this.#plan = counted(faults);
  }

  take(): FaultsInForce {
    return new FaultsInForce(take(this.#plan, () => true));
  }
}
