// The callee's mouth: what is to be said, taken away in frames.
import { SILENCE } from "./audio.ts";

interface Utterance {
  readonly ulaw: Uint8Array;
  taken: number;
  readonly settle: (said: boolean) => void;
}

export class Voice {
  #waiting: Utterance[] = [];

  get speaking(): boolean {
    return this.#waiting.length > 0;
  }

  /** True once the last of it was taken, false when it was dropped. */
  say(ulaw: Uint8Array): Promise<boolean> {
    return new Promise((settle) => {
      this.#waiting.push({ ulaw, taken: 0, settle });
    });
  }

  /** The next frame, and how many of its bytes are speech; the rest is silence. */
  take(bytes: number): { readonly frame: Uint8Array; readonly spoken: number } {
    const frame = new Uint8Array(bytes).fill(SILENCE);
    let spoken = 0;
    for (let next = this.#waiting[0]; next !== undefined && spoken < bytes; next = this.#waiting[0]) {
      const part = next.ulaw.subarray(next.taken, next.taken + bytes - spoken);
      frame.set(part, spoken);
      spoken += part.length;
      next.taken += part.length;
      if (next.taken < next.ulaw.length) {
        break;
      }
      this.#waiting.shift();
      next.settle(true);
    }
    return { frame, spoken };
  }

  /** Nobody takes anything any more. */
  drop(): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    for (const { settle } of dropped) {
      settle(false);
    }
  }
}
