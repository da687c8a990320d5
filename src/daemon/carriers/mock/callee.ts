// How the callee at the other end behaves: whether it picks up, and what it says when we listen.
import type { CarrierFact } from "../../../call/fact.ts";

export interface MockConfig {
  /** How the callee takes the call; `hangup`: answers and hangs up in the middle of our first words. */
  outcome: "answer" | "busy" | "no-answer" | "failed" | "hangup";
  ringMs: number;
  /** Scales speech, digits and the delay of replies; 1 is a person's pace. */
  pace: number;
  /** What it answers when we listen: our own words, or these lines in order and then nothing. */
  replies: "echo" | readonly string[];
  /** How long it thinks before it speaks, in ms at pace 1. */
  replyDelayMs: number;
}

export type Over = Extract<CarrierFact, { type: "over" }>;

export interface PickUp {
  /** Ms of ringing before it happens. */
  afterMs: number;
  /** Absent when the callee answers. */
  over?: Over;
}

/** What becomes of a ringing call. */
export function pickUp({ outcome, ringMs }: MockConfig, ringTimeoutMs: number): PickUp {
  if (outcome === "no-answer" || ringMs >= ringTimeoutMs) {
    return { afterMs: ringTimeoutMs, over: { type: "over", outcome: "no-answer" } };
  }
  switch (outcome) {
    case "answer":
    case "hangup":
      return { afterMs: ringMs };
    case "busy":
      return { afterMs: ringMs, over: { type: "over", outcome } };
    case "failed":
      return { afterMs: ringMs, over: { type: "over", outcome, ...unreachable } };
  }
}

const unreachable = {
  carrierCode: "mock-failed",
  message: "the mock callee could not be reached",
  hint: "its configuration asks for this: set `mock.outcome` to `answer`",
};

/** The callee of one call. It answers each thing that we say at most once, so two machines never talk for ever. */
export class Callee {
  readonly #config: MockConfig;
  #unanswered: string | undefined;
  #replied = 0;
  #person = false;

  constructor(config: MockConfig) {
    this.#config = config;
  }

  get hangsUpMidway(): boolean {
    return this.#config.outcome === "hangup" && !this.#person;
  }

  /** From now on a person speaks at this end. */
  handOver(): void {
    this.#person = true;
  }

  hear(text: string): void {
    this.#unanswered = text;
  }

  /** What it would say now, if anything. */
  get reply(): string | undefined {
    if (this.#person || this.#unanswered === undefined) return undefined;
    const { replies } = this.#config;
    return replies === "echo" ? `You said: ${this.#unanswered}` : replies[this.#replied];
  }

  /** Its reply has been spoken. */
  replied(): void {
    this.#unanswered = undefined;
    this.#replied++;
  }
}
