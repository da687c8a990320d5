// The audio line of one call: what the callee hears, and what it says while somebody listens.
import type { Clock } from "../clock.ts";
import type { CalleeInput } from "./callee.ts";

/** Something that was played to the callee. */
export interface Heard {
  readonly kind: "say" | "play" | "digits" | "application-error";
  /** What was to be played: text, audio URL or digits. */
  readonly text: string;
  /** The part that was really heard; shorter than `text` when it was cut off. */
  readonly heard: string;
  readonly complete: boolean;
}

export interface Played {
  readonly kind: Heard["kind"];
  readonly text: string;
  readonly signal: AbortSignal;
}

const MS_PER_CHARACTER = 60;
const MS_PER_DIGIT = 100;
const MS_PER_RECORDING = 2000;

/** Line milliseconds that a spoken text takes. */
export function speakingMs(text: string): number {
  return text.length * MS_PER_CHARACTER;
}

/** Line milliseconds that keys take to press or to play. */
export function keyingMs(digits: string): number {
  return digits.length * MS_PER_DIGIT;
}

export class Line {
  readonly heard: Heard[] = [];
  readonly #clock: Clock;
  readonly #onHeard: (heard: Heard) => void;
  #listener: ((input: CalleeInput) => boolean) | null = null;
  #unanswered = 0;

  constructor(clock: Clock, onHeard: (heard: Heard) => void) {
    this.#clock = clock;
    this.#onHeard = onHeard;
  }

  get listening(): boolean {
    return this.#listener !== null;
  }

  /** Plays to the callee; false when the signal cut it off. */
  async play(played: Played): Promise<boolean> {
    const duration = durationOf(played);
    const startedAt = this.#clock.now();
    // A cut is written down at once, so that whoever sees the call end also sees what was heard.
    const cut = () => {
      const share = Math.min(1, this.#clock.since(startedAt) / Math.max(1, duration));
      this.#note(played, Math.floor(share * played.text.length), false);
    };
    if (played.signal.aborted) {
      return false;
    }
    played.signal.addEventListener("abort", cut, { once: true });
    const complete = await this.#clock.pass(duration, played.signal);
    played.signal.removeEventListener("abort", cut);
    if (complete && !played.signal.aborted) {
      this.#note(played, played.text.length, true);
    }
    return complete;
  }

  #note({ kind, text }: Played, characters: number, complete: boolean): void {
    const entry: Heard = { kind, text, heard: text.slice(0, characters), complete };
    this.heard.push(entry);
    this.#onHeard(entry);
  }

  /** The words heard since the callee last had its turn. */
  takeUnanswered(): string {
    const spoken = this.heard.slice(this.#unanswered).filter((entry) => entry.kind === "say");
    this.#unanswered = this.heard.length;
    return spoken.map((entry) => entry.heard).join(" ");
  }

  /** The next input of an accepted kind; null when the signal ends the listening first. */
  listen(accepts: (input: CalleeInput) => boolean, signal: AbortSignal): Promise<CalleeInput | null> {
    return new Promise((resolve) => {
      const close = (input: CalleeInput | null) => {
        this.#listener = null;
        signal.removeEventListener("abort", giveUp);
        resolve(input);
      };
      const giveUp = () => {
        close(null);
      };
      if (signal.aborted) {
        giveUp();
        return;
      }
      signal.addEventListener("abort", giveUp, { once: true });
      this.#listener = (input) => {
        const accepted = accepts(input);
        if (accepted) {
          close(input);
        }
        return accepted;
      };
    });
  }

  /** The callee speaks or presses keys; false when nobody was listening for it. */
  speak(input: CalleeInput): boolean {
    return this.#listener?.(input) ?? false;
  }
}

function durationOf(played: Played): number {
  switch (played.kind) {
    case "say":
    case "application-error":
      return speakingMs(played.text);
    case "digits":
      return keyingMs(played.text);
    case "play":
      return MS_PER_RECORDING;
  }
}
