// Collects the keys of one gather command.
import type { Clock } from "../clock.ts";

export type GatherStatus = "valid" | "invalid" | "timeout" | "cancelled" | "call_hangup";

export interface GatherPlan {
  readonly minimumDigits: number;
  readonly maximumDigits: number;
  /** Line milliseconds for the whole, for the first key, and from key to key. */
  readonly timeoutMs: number;
  readonly initialTimeoutMs: number;
  readonly interDigitTimeoutMs: number;
  readonly terminatingDigit: string;
  readonly validDigits: string;
}

export interface GatherPorts {
  readonly clock: Clock;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
  readonly ended: (digits: string, status: GatherStatus) => void;
}

export class Gather {
  readonly #plan: GatherPlan;
  readonly #ports: GatherPorts;
  readonly #over = new AbortController();
  #digits = "";
  #listening = false;
  #pause = new AbortController();

  constructor(plan: GatherPlan, ports: GatherPorts) {
    this.#plan = plan;
    this.#ports = ports;
  }

  /** The time to press keys begins. */
  listen(): void {
    const { timeoutMs, initialTimeoutMs } = this.#plan;
    if (this.#listening) {
      return;
    }
    this.#listening = true;
    this.#later(timeoutMs, this.#over.signal);
    if (this.#digits === "") {
      this.#expectKeyWithin(initialTimeoutMs);
    }
  }

  press(key: string): void {
    const { maximumDigits, interDigitTimeoutMs, terminatingDigit } = this.#plan;
    if (this.#over.signal.aborted) {
      return;
    }
    if (key === terminatingDigit) {
      this.end(this.#verdict());
      return;
    }
    this.#digits += key;
    if (this.#digits.length >= maximumDigits) {
      this.end(this.#verdict());
    } else {
      this.#expectKeyWithin(interDigitTimeoutMs);
    }
  }

  end(status: GatherStatus): void {
    if (!this.#over.signal.aborted) {
      this.#over.abort();
      this.#ports.ended(this.#digits, status);
    }
  }

  #expectKeyWithin(ms: number): void {
    this.#pause.abort();
    this.#pause = new AbortController();
    this.#later(ms, AbortSignal.any([this.#over.signal, this.#pause.signal]));
  }

  #later(ms: number, over: AbortSignal): void {
    const { clock, signal } = this.#ports;
    clock.later(ms, () => this.#timeOut(), AbortSignal.any([over, signal]));
  }

  #timeOut(): void {
    this.end(this.#digits === "" ? "timeout" : this.#verdict());
  }

  #verdict(): GatherStatus {
    const { minimumDigits, validDigits } = this.#plan;
    const allowed = Array.from(this.#digits).every((digit) => validDigits.includes(digit));
    return allowed && this.#digits.length >= minimumDigits ? "valid" : "invalid";
  }
}
