// Speech of fixed phrases, made ahead and kept: a greeting or an apology plays at once, whatever the services do.
import type { Ulaw } from "./synthesiser.ts";

/** Four minutes of speech. */
const mostBytes = 2 * 1024 * 1024;
/** Longer than any phrase; what is longer is not kept. */
const longestBytes = 30 * 8000;

export class Phrases {
  readonly #kept = new Map<string, Ulaw>();
  #bytes = 0;

  find(voice: string, text: string): Ulaw | undefined {
    const key = keyOf(voice, text);
    const audio = this.#kept.get(key);
    if (audio === undefined) return undefined;
    // The order of the map is the order of their last use.
    this.#kept.delete(key);
    this.#kept.set(key, audio);
    return audio;
  }

  keep(voice: string, text: string, audio: Ulaw): void {
    if (audio.length > longestBytes) return;
    const key = keyOf(voice, text);
    this.#drop(key);
    this.#kept.set(key, audio);
    this.#bytes += audio.length;
    for (const [oldest] of this.#kept) {
      if (this.#bytes <= mostBytes) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.length ?? 0;
    this.#kept.delete(key);
  }
}

function keyOf(voice: string, text: string): string {
  return `${voice}\n${text}`;
}
