// What the contract suite asks of every carrier, in the same words: who called whom, what was heard, and the other party's moves.
export const publicUrl = "https://voice.example.test/voice/webhook";
export const ours = "+15005550006";
export const theirs = "+15005550001";

/** How the other party behaves; it speaks only by `say`. */
export interface Person {
  outcome?: "busy" | "no-answer" | "fail";
  /** Line milliseconds. */
  ringMs?: number;
  hangsUpWhileSpokenTo?: boolean;
  /** It is an answering machine, for a carrier that is asked to find out. */
  isMachine?: boolean;
}

/** One call as the carrier sees it. */
export interface LineCall {
  /** By which the driver and, on Twilio and Telnyx, the record know it. */
  id: string;
  /** What was spoken, also when it was cut off. */
  heard: string[];
  digits: string;
  answered: boolean;
  ended: boolean;
  /** The other party is listened to, and nothing is being spoken. */
  listening: boolean;
  /** Orders or documents that turn the caller away. */
  rejects: number;
  /** HTTP statuses that our webhooks were answered with. */
  replies: (number | null)[];
}

export type LineFault =
  | "sent three times"
  | "sent again with a new signature"
  | "swapped"
  | "late"
  | "forged"
  | "forged end";

/** The carrier's side of calls, with whoever is at the other end. */
export interface Line extends AsyncDisposable {
  calls(): Promise<LineCall[]>;
  call(id: string): Promise<LineCall>;
  script(person: Person): Promise<void> | void;
  /** Somebody calls our number; gives the call's id. */
  inbound(from: string): Promise<string>;
  say(id: string, text: string): Promise<boolean> | boolean;
  press(id: string, digits: string): Promise<void> | void;
  hangUp(id: string): Promise<void> | void;
}

/** The line of a carrier that calls us back by webhooks. */
export interface WebhookLine extends Line {
  /** The carrier's section of the configuration. */
  config: Record<string, unknown>;
  faults(fault: LineFault): void;
}

export function foundIn(calls: LineCall[], id: string): LineCall {
  const call = calls.find((each) => each.id === id);
  if (call === undefined) throw new Error(`the line knows no call ${id}`);
  return call;
}
