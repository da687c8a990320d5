// The mock callee's ear: what was played to it, in order and at its own pace, and the marks in between.

/** A stretch of sound. */
export interface HeardSound {
  /** Milliseconds since the stream began. */
  atMs: number;
  /** G.711 µ-law. */
  ulaw: Uint8Array;
}

const bytesPerMs = 8;
/** What is kept to be looked at: ten minutes, so that no long call fills the memory. */
const mostBytesKept = 600_000 * bytesPerMs;

/** All times are ms since the stream began; sound lies on whole samples. */
export class MockEar {
  #sounds: { from: number; ulaw: Uint8Array }[] = [];
  #kept = 0;
  #marks: { name: string; at: number }[] = [];
  #end = 0;

  /** Plays now, or behind what is still to be played. */
  play(ulaw: Uint8Array, nowMs: number): void {
    const from = Math.max(samples(nowMs), this.#end);
    this.#sounds.push({ from, ulaw });
    this.#end = from + ulaw.length;
    this.#kept += ulaw.length;
    while (this.#kept > mostBytesKept) this.#kept -= this.#sounds.shift()?.ulaw.length ?? this.#kept;
  }

  mark(name: string, nowMs: number): void {
    this.#marks.push({ name, at: Math.max(samples(nowMs), this.#end) });
  }

  /** The marks whose time has come, each once. */
  reached(nowMs: number): string[] {
    const now = samples(nowMs);
    const due = this.#marks.filter(({ at }) => at <= now);
    if (due.length > 0) this.#marks = this.#marks.filter(({ at }) => at > now);
    return due.map(({ name }) => name);
  }

  /** Throws away what was not played yet; returns the marks that waited. */
  clear(nowMs: number): string[] {
    const now = samples(nowMs);
    this.#sounds = this.#until(now);
    this.#end = Math.min(this.#end, now);
    const waiting = this.#marks.map(({ name }) => name);
    this.#marks = [];
    return waiting;
  }

  heard(nowMs: number): HeardSound[] {
    return this.#until(samples(nowMs)).map(({ from, ulaw }) => ({ atMs: from / bytesPerMs, ulaw }));
  }

  #until(now: number): { from: number; ulaw: Uint8Array }[] {
    return this.#sounds
      .filter(({ from }) => from < now)
      .map(({ from, ulaw }) => ({ from, ulaw: ulaw.subarray(0, now - from) }));
  }
}

function samples(ms: number): number {
  return Math.round(ms * bytesPerMs);
}
