// An ear that listens in simulated time, to voice and to what a recogniser says.
import type { EarAction, OurVoice } from "../../src/daemon/media/ear-action.ts";
import { Ear, type EarRules } from "../../src/daemon/media/ear.ts";
import type { OurWords } from "../../src/daemon/media/echo-guard.ts";
import type { HeardEvent } from "../../src/daemon/speech/transcriber.ts";

export type Ours = OurVoice & OurWords;

const silent = { audible: false, protected: false, recent: "", question: "", goesOn: false };
export const quiet: Ours = { ...silent, quietForMs: Infinity };
export const sentence = "I have found three flights to Berlin on Tuesday";
export const talking: Ours = { ...silent, audible: true, quietForMs: 0, recent: sentence };

export function asking(question: string, quietForMs = 0): Ours {
  return { ...silent, audible: quietForMs === 0, quietForMs, recent: question, question };
}
const base: EarRules = {
  plainMs: 800,
  onsetMs: 250,
  minWords: 1,
  resumeMs: 2000,
  recogniser: { endOfTurn: "silence", finalWithinMs: 500 },
};

export class Listening {
  at = 10_000;
  readonly ear: Ear;
  readonly actions: EarAction[] = [];

  constructor(rules: Partial<EarRules> = {}) {
    this.ear = new Ear({ ...base, ...rules });
  }

  /** So many ms of the caller's voice, or of quiet, in frames of 32 ms. */
  sound(ms: number, voice: number, ours = quiet): this {
    for (let passed = 0; passed < ms; passed += 32) {
      this.at += 32;
      this.actions.push(...this.ear.frame({ at: this.at, voice }, ours));
    }
    return this;
  }

  pass(ms: number): this {
    for (let passed = 0; passed < ms; passed += 100) {
      this.at += 100;
      this.actions.push(...this.ear.tick(this.at));
    }
    return this;
  }

  hears(event: HeardEvent, ours = quiet): this {
    this.actions.push(...this.ear.heard(event, this.at, ours));
    return this;
  }

  get types(): string[] {
    return this.actions.map(({ type }) => type);
  }
}

export const final = (text: string, turnEnd = true): HeardEvent => ({ type: "final", text, turnEnd });
