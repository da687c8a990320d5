// Keys that a caller presses one by one, put together: a pause or `#` ends what belongs together.

const pauseMs = 1500;
const mostKeys = 100;

export class KeyPresses {
  #keys = "";
  #lastAt = 0;

  /** @returns the whole input when this key ends it; the `#` is not part of it. */
  press(key: string, at: number): string | undefined {
    this.#lastAt = at;
    if (key !== "#") {
      this.#keys += key;
      return this.#keys.length >= mostKeys ? this.#take() : undefined;
    }
    return this.#keys === "" ? key : this.#take();
  }

  tick(at: number): string | undefined {
    return this.#keys !== "" && at - this.#lastAt >= pauseMs ? this.#take() : undefined;
  }

  #take(): string {
    const keys = this.#keys;
    this.#keys = "";
    return keys;
  }
}
