// The pace of many callers: each has a frame every 20 ms, spread over these, on an absolute schedule.

export const frameMs = 20;

export class Pacer implements Disposable {
  /** How late each frame went out, while it is noted. */
  readonly lateMs: number[] = [];
  noted = false;
  readonly #stepMs: number;
  readonly #send: (caller: number, at: number) => void;
  readonly #callers: number;
  #startedAt = 0;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(callers: number, send: (caller: number, at: number) => void) {
    this.#callers = callers;
    this.#stepMs = frameMs / callers;
    this.#send = send;
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#pump();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #pump(): void {
    const now = performance.now();
    for (;;) {
      const due = this.#startedAt + this.#next * this.#stepMs;
      if (due > now) break;
      this.#send(this.#next++ % this.#callers, performance.now());
      if (this.noted) this.lateMs.push(performance.now() - due);
    }
    this.#timer = setTimeout(() => this.#pump(), 1);
  }
}
