// One text that a realtime session reads aloud: its audio, as it comes and as it is taken.
import type { CallError } from "../../../call/error.ts";
import type { Ulaw } from "../synthesiser.ts";

export interface ReadingPorts {
  /** More has come than is being taken, or that is no longer so. */
  full(isFull: boolean): void;
}

/** Half a minute of speech: beyond it the service waits for the reader. */
const mostBytes = 30 * 8000;

export class Reading {
  readonly id: string;
  readonly text: string;
  /** The service's name for it, once it has begun. */
  responseId: string | undefined;
  /** The service is done with it, or gone. */
  settled = false;
  readonly #ports: ReadingPorts;
  readonly #pieces: Ulaw[] = [];
  #bytes = 0;
  #full = false;
  #left = false;
  #failure: CallError | undefined;
  #wake: () => void = () => undefined;

  constructor(id: string, text: string, ports: ReadingPorts) {
    this.id = id;
    this.text = text;
    this.#ports = ports;
  }

  /** Some of it waits to be taken. */
  get untaken(): boolean {
    return this.#pieces.length > 0;
  }

  push(piece: Ulaw): void {
    if (this.#left) return;
    this.#pieces.push(piece);
    this.#weigh(piece.length);
    this.#wake();
  }

  end(failure?: CallError): void {
    if (this.settled) return;
    this.settled = true;
    this.#failure = failure;
    this.#wake();
  }

  /** Ends when the signal aborts, too. @throws the failure, when all that came before it was taken */
  async *audio(signal: AbortSignal): AsyncGenerator<Ulaw, void> {
    const leave = (): void => this.#wake();
    signal.addEventListener("abort", leave);
    try {
      while (!signal.aborted) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) {
          this.#weigh(-piece.length);
          yield piece;
        } else if (this.settled) break;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      if (this.#failure !== undefined && !signal.aborted) throw this.#failure;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#left = true;
      this.#weigh(-this.#bytes);
    }
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    const full = this.#bytes > mostBytes;
    if (full !== this.#full) this.#ports.full(full);
    this.#full = full;
  }
}
