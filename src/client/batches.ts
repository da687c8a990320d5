// Hands batches from a socket to a loop, and holds the socket still while the loop is busy.

/** A full queue pauses its source, an empty one lets it run. */
export interface Source {
  pause(): void;
  resume(): void;
}

const enough = 4;

export class BatchQueue<T> {
  readonly #source: Source;
  readonly #waiting: T[] = [];
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  push(batch: T): void {
    this.#waiting.push(batch);
    if (this.#waiting.length >= enough) this.#source.pause();
    this.#wake?.();
  }

  /** With an error, which the loop throws after what is waiting. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const batch = this.#waiting.shift();
      if (batch !== undefined) {
        yield batch;
      } else if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      } else {
        this.#source.resume();
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
