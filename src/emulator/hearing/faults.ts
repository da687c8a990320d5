// What an emulated recogniser can be told to do wrong.
import { counted, take, type Counted } from "../counted-faults.ts";

/** A fault of a connection. All that are in force when it is made hit it. */
export type ConnectionFault = {
  /** How many connections it hits; without end when absent. */
  readonly times?: number;
} & (
  | /** Refuses the upgrade with the service's own error. */
    { readonly fault: "refuse"; readonly status: 400 | 401 | 402 | 403 | 429 | 500 | 503 }
  /** Never answers the upgrade. */
  | { readonly fault: "hang" }
  /** Opens, and never says a word. */
  | { readonly fault: "mute" }
  /** Greets as it should, then says nothing about what it gets. */
  | { readonly fault: "deaf" }
  /** Closes once it has so much audio; 1006 breaks the connection off. */
  | { readonly fault: "close"; readonly afterAudioMs: number; readonly code: number }
  /** Stops reading once it has so much audio. */
  | { readonly fault: "stall"; readonly afterAudioMs: number }
  /** Ends the session, as the service does at its limit, after so many real milliseconds. */
  | { readonly fault: "expire"; readonly afterMs: number }
  /** Cuts each message into fragments of so many bytes. */
  | { readonly fault: "fragment"; readonly bytes: number }
  /** Sends what nobody can read before each message: broken JSON, binary, numbers, unknown types. */
  | { readonly fault: "garbage" }
);

/** A fault of a turn's final result. All that match hit it. */
export type FinalFault = {
  /** Only this turn of each session, counted from 0. */
  readonly turn?: number;
  readonly times?: number;
} & (
  | { readonly fault: "late"; readonly ms: number }
  | { readonly fault: "missing" }
  | { readonly fault: "duplicate" }
  /** Comes after the final of the next turn. */
  | { readonly fault: "swap" }
  /** The service says that it could not. */
  | { readonly fault: "failed" }
);

/** All faults in force; setting them replaces those before. */
export interface HearingFaults {
  readonly connections?: readonly ConnectionFault[];
  readonly finals?: readonly FinalFault[];
}

/** Holds the faults in force and counts down those with `times`. */
export class HearingFaultPlan {
  #connections: Counted<ConnectionFault>[] = [];
  #finals: Counted<FinalFault>[] = [];

  replace({ connections = [], finals = [] }: HearingFaults): void {
    this.#connections = counted(connections);
    this.#finals = counted(finals);
  }

  /** What decides about the upgrade, used up by one. */
  forUpgrade(): ConnectionFault | undefined {
    return take(this.#connections, isOfUpgrade)[0];
  }

  /** What hits a connection that was made, used up by one. */
  forConnection(): ConnectionFault[] {
    return take(this.#connections, (fault) => !isOfUpgrade(fault));
  }

  forFinal(turn: number): FinalFault[] {
    return take(this.#finals, (fault) => fault.turn === undefined || fault.turn === turn);
  }
}

function isOfUpgrade({ fault }: ConnectionFault): boolean {
  return fault === "refuse" || fault === "hang";
}
