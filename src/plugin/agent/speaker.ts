// Hands a reply on in order, one order at a time: what is written meanwhile goes with the next one.

export class Speaker {
  readonly #say: (text: string) => Promise<void>;
  readonly #onFailure: () => void;
  #waiting = "";
  #sending: Promise<void> | undefined;
  #failure: unknown;

  /** `onFailure`: the reply can no longer be spoken; nothing is sent after it. */
  constructor(say: (text: string) => Promise<void>, onFailure: () => void) {
    this.#say = say;
    this.#onFailure = onFailure;
  }

  add(text: string): void {
    this.#waiting += text;
    if (this.#waiting !== "") this.#sending ??= this.#sendAll();
  }

  /** Settles when all that was added has been sent. @throws what the first order that failed has thrown. */
  async done(): Promise<void> {
    await this.#sending;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#waiting !== "") {
        const text = this.#waiting;
        this.#waiting = "";
        await this.#say(text);
      }
      this.#sending = undefined;
    } catch (error) {
      this.#failure = error;
      this.#onFailure();
    }
  }
}
