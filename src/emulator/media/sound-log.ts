// Sound on a time line of whole samples, so that what follows without a gap stays one piece.
import { BYTES_PER_MS, type Sound } from "./audio.ts";

interface Piece {
  readonly start: number;
  readonly ulaw: Uint8Array;
}

export class SoundLog {
  #pieces: Piece[] = [];
  #end = 0;

  /** The sample behind the last sound. */
  get end(): number {
    return this.#end;
  }

  /** Adds sound at a sample, or behind what is there already. */
  add(start: number, ulaw: Uint8Array): void {
    const from = Math.max(start, this.#end);
    this.#pieces.push({ start: from, ulaw });
    this.#end = from + ulaw.length;
  }

  /** Forgets everything from this sample on. */
  cut(at: number): void {
    this.#pieces = before(this.#pieces, at);
    this.#end = Math.min(this.#end, at);
  }

  /** What lies before this sample, in pieces without gaps. */
  sounds(at: number): Sound[] {
    const runs: Piece[][] = [];
    let end = -1;
    for (const piece of before(this.#pieces, at)) {
      if (piece.start === end) {
        runs.at(-1)?.push(piece);
      } else {
        runs.push([piece]);
      }
      end = piece.start + piece.ulaw.length;
    }
    return runs.map((run) => ({
      atMs: (run[0]?.start ?? 0) / BYTES_PER_MS,
      ulaw: Buffer.concat(run.map(({ ulaw }) => ulaw)),
    }));
  }
}

function before(pieces: readonly Piece[], at: number): Piece[] {
  return pieces.flatMap((piece) => {
    if (piece.start >= at) {
      return [];
    }
    return piece.start + piece.ulaw.length <= at ? piece : { ...piece, ulaw: piece.ulaw.subarray(0, at - piece.start) };
  });
}
