// Records both sides of a call into a stereo WAV file that is valid at any moment: the caller left, we right.
import { open } from "node:fs/promises";
import { alaw, ulaw } from "./g711.ts";
import { headerBytes, wavHeader, type Law } from "./wav-header.ts";

export type Side = "caller" | "ours";

/** What a recording needs of a file; the header is written again and again, so every write has a place. */
export interface RecordingFile {
  write(bytes: Uint8Array, from: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  close(): Promise<void>;
}

export interface RecordingOptions {
  law: Law;
  /** The file never becomes larger. */
  maxBytes: number;
}

export interface RecordingEnd {
  durationMs: number;
  bytes: number;
  /** Why the end of the call is missing. */
  shortened: "full" | "failed" | undefined;
  /** What the disk said when it failed. */
  error: unknown;
}

/** Both sides stay open this far back: we send up to 2 s ahead, and what the caller did not hear is cut again. */
const openSamples = 4 * 8000;
/** What goes to the disk at once. */
const pieceSamples = 8000;
/** A side that jumps further has a broken clock; a disk that is further behind cannot follow. */
const maxOpenSamples = 120 * 8000;

export class Recording {
  readonly #file: RecordingFile;
  readonly #law: Law;
  readonly #maxSoundBytes: number;
  readonly #silence: number;
  /** Both sides' codes in turn, from the sample `#start` on; silent where nothing was written. */
  #sound: Uint8Array;
  #start = 0;
  /** Where each side ends, in samples. */
  readonly #ends: Record<Side, number> = { caller: 0, ours: 0 };
  #savedBytes = 0;
  #saving: Promise<void> | undefined;
  #shortened: "full" | "failed" | undefined;
  #error: unknown;

  constructor(file: RecordingFile, { law, maxBytes }: RecordingOptions) {
    this.#file = file;
    this.#law = law;
    this.#maxSoundBytes = Math.max(0, maxBytes - headerBytes) & ~1;
    this.#silence = (law === "alaw" ? alaw : ulaw).silence;
    this.#sound = new Uint8Array(2 * (openSamples + 2 * pieceSamples)).fill(this.#silence);
  }

  /** `at`: where the first code belongs, in samples since the recording began. What comes too late is left out. */
  write(side: Side, at: number, codes: Uint8Array): void {
    const end = at + codes.length;
    if (this.#shortened !== undefined || end <= this.#start || end > this.#start + maxOpenSamples) return;
    this.#makeRoom(end);
    const late = Math.max(0, this.#start - at);
    let to = 2 * (at + late - this.#start) + (side === "caller" ? 0 : 1);
    for (let n = late; n < codes.length; n++, to += 2) this.#sound[to] = codes[n] ?? this.#silence;
    this.#ends[side] = Math.max(this.#ends[side], end);
    if (this.#saving === undefined && this.#due(openSamples) >= pieceSamples) {
      this.#saving = this.#save(openSamples, pieceSamples);
    }
  }

  /** What was written of a side from there on was not heard. */
  cut(side: Side, at: number): void {
    let to = 2 * Math.max(0, at - this.#start) + (side === "caller" ? 0 : 1);
    for (; to < this.#sound.length; to += 2) this.#sound[to] = this.#silence;
    this.#ends[side] = Math.min(this.#ends[side], Math.max(at, this.#start));
  }

  /** Ends the file; never throws. */
  async finish(): Promise<RecordingEnd> {
    await this.#saving;
    await this.#save(0, 1);
    await this.#file.close().catch((error: unknown) => this.#fail(error));
    return {
      durationMs: this.#savedBytes / 16,
      bytes: headerBytes + this.#savedBytes,
      shortened: this.#shortened,
      error: this.#error,
    };
  }

  /** Saves whole pieces while more than `kept` samples are open. */
  async #save(kept: number, piece: number): Promise<void> {
    try {
      for (let due = this.#due(kept); due >= piece; due = this.#due(kept)) {
        await this.#append(this.#take(Math.min(due, pieceSamples)));
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#saving = undefined;
  }

  #due(kept: number): number {
    if (this.#shortened !== undefined) return 0;
    return Math.max(this.#ends.caller, this.#ends.ours) - kept - this.#start;
  }

  #take(samples: number): Uint8Array {
    const taken = this.#sound.slice(0, 2 * samples);
    this.#sound.copyWithin(0, 2 * samples);
    this.#sound.fill(this.#silence, this.#sound.length - 2 * samples);
    this.#start += samples;
    return taken;
  }

  /** The sound goes first: a header never promises what is not there. */
  async #append(sound: Uint8Array): Promise<void> {
    const length = Math.min(sound.length, this.#maxSoundBytes - this.#savedBytes);
    if (length < sound.length) this.#shortened = "full";
    const { bytesWritten } = await this.#file.write(sound, 0, length, headerBytes + this.#savedBytes);
    if (bytesWritten < length) throw new Error(`the disk took ${bytesWritten} of ${length} bytes`);
    this.#savedBytes += length;
    await this.#file.write(wavHeader(this.#law, this.#savedBytes), 0, headerBytes, 0);
  }

  #fail(error: unknown): void {
    this.#shortened = "failed";
    this.#error ??= error;
  }

  #makeRoom(end: number): void {
    const needed = 2 * (end - this.#start);
    if (needed <= this.#sound.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#sound.length)).fill(this.#silence);
    larger.set(this.#sound);
    this.#sound = larger;
  }
}

/** Makes the file, which only its owner can read. Throws what the disk says when it cannot, or when there is one. */
export async function openRecording(path: string, options: RecordingOptions): Promise<Recording> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.write(wavHeader(options.law, 0), 0, headerBytes, 0);
  } catch (error) {
    await file.close();
    throw error;
  }
  return new Recording(file, options);
}
