// Ends a daemon that nobody needs: nothing live, followed, awaited or expected for the configured time.
import type { Cancel, Clock } from "./deps.ts";

export interface IdlePorts {
  clock: Clock;
  /** ms of idleness after which the daemon ends; 0 never does. Read anew each time. */
  idleExitMs(): number;
  busy(): boolean;
  stop(): void;
}

const checkEveryMs = 1000;

export class IdleWatch implements Disposable {
  readonly #ports: IdlePorts;
  #idleSince: number;
  #cancel: Cancel;

  constructor(ports: IdlePorts) {
    this.#ports = ports;
    this.#idleSince = ports.clock.now();
    this.#cancel = ports.clock.after(checkEveryMs, () => this.#check());
  }

  /** A client has asked for something. */
  touch(): void {
    this.#idleSince = this.#ports.clock.now();
  }

  #check(): void {
    const { clock, idleExitMs, busy, stop } = this.#ports;
    if (busy()) this.touch();
    const limit = idleExitMs();
    if (limit > 0 && clock.now() - this.#idleSince >= limit) return stop();
    this.#cancel = clock.after(checkEveryMs, () => this.#check());
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }
}
