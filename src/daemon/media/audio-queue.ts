// The audio of one utterance: bytes come in as they are made, are read at any place, and are let go of once heard.

export class AudioQueue {
  readonly #chunks: Uint8Array[] = [];
  /** Position of the first byte that is still kept. */
  #start = 0;
  #end = 0;

  /** Bytes that have come so far. */
  get length(): number {
    return this.#end;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#end += chunk.length;
  }

  /** At most `count` bytes from `position` on; no copy where one chunk holds them all. */
  read(position: number, count: number): Uint8Array {
    const from = Math.max(position, this.#start);
    const wanted = Math.min(count, this.#end - from);
    if (wanted <= 0) return new Uint8Array();
    let at = this.#start;
    const parts: Uint8Array[] = [];
    let missing = wanted;
    for (const chunk of this.#chunks) {
      const skip = Math.max(0, from - at);
      at += chunk.length;
      if (skip >= chunk.length) continue;
      const part = chunk.subarray(skip, skip + missing);
      if (part.length === wanted) return part;
      parts.push(part);
      missing -= part.length;
      if (missing === 0) break;
    }
    return joined(parts, wanted);
  }

  /** What lies before `position` is not read again. */
  release(position: number): void {
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#start + first.length > position) return;
      this.#start += first.length;
      this.#chunks.shift();
    }
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
