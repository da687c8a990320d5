// What is true of an open tunnel now, and who wants to hear when that changes.
import type { CallError } from "../../call/error.ts";
import type { Log } from "../deps.ts";

export class Standing {
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  #url: string;
  #problem: CallError | undefined;

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
  }

  get url(): string {
    return this.#url;
  }

  get problem(): CallError | undefined {
    return this.#problem;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  moveTo(url: string): void {
    if (url === this.#url) return;
    this.#log.warn(
      { from: this.#url, to: url },
      "the tunnel's URL changed: numbers at the carrier must point at the new one",
    );
    this.#url = url;
    this.#tell();
  }

  /** Undefined: all is well again. */
  suffer(problem: CallError | undefined): void {
    if (problem?.message === this.#problem?.message) return;
    if (problem === undefined) this.#log.info({ url: this.#url }, "the tunnel stands again");
    else this.#log.warn({ code: problem.code, hint: problem.hint }, problem.message);
    this.#problem = problem;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
