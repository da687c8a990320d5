// One run at a time in each session: the host would take a second one for an intruder, or mix their words.

export class SessionQueue {
  /** The last run of each session that has one; it never rejects. */
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs the work when those before it in the session are over; not at all once the signal is given. */
  async run<T>(sessionKey: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(sessionKey);
    const mine = (before ?? Promise.resolve()).then(() => {
      signal.throwIfAborted();
      return work();
    });
    const tail = mine.catch(() => undefined);
    this.#tails.set(sessionKey, tail);
    void tail.then(() => this.#tails.get(sessionKey) === tail && this.#tails.delete(sessionKey));
    return await mine;
  }
}
