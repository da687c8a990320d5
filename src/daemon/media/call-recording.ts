// Writes a call's two sides into its recording, each at the moment at which the caller spoke it or heard it.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Log } from "../deps.ts";
import { bytesPerMs } from "./frames.ts";
import type { CallRecording } from "./media-line.ts";
import { openRecording, type Recording, type RecordingEnd } from "./recording.ts";

export interface RecordingPorts {
  callId: string;
  file: string;
  maxBytes: number;
  log: Log;
  /** Monotonic ms. */
  now(): number;
  ended(end: RecordingEnd & { file: string }): void;
}

/** Begins at once: what is heard while the file is being made is kept for it. */
export function startCallRecording(ports: RecordingPorts): CallRecording {
  return new TimedRecording(opened(ports), ports);
}

/** A file that cannot be made costs the recording, never the call. */
async function opened({ file, maxBytes, log, callId }: RecordingPorts): Promise<Recording | undefined> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return await openRecording(file, { law: "ulaw", maxBytes });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    log.error({ callId, file, code }, "the call cannot be recorded");
    return undefined;
  }
}

/** A frame that comes later than this behind the one before has silence in front of it. */
const jitterMs = 60;

class TimedRecording implements CallRecording {
  readonly #opening: Promise<void>;
  readonly #ports: RecordingPorts;
  readonly #startedAt: number;
  #recording: Recording | undefined;
  /** Undefined once the file is there, or is known not to come. */
  #early: ((recording: Recording) => void)[] | undefined = [];
  #callerEnd = 0;
  #ourEnd = 0;

  constructor(opening: Promise<Recording | undefined>, ports: RecordingPorts) {
    this.#ports = ports;
    this.#startedAt = ports.now();
    this.#opening = this.#open(opening);
  }

  caller(ulaw: Uint8Array): void {
    const now = this.#position();
    const isLate = now - this.#callerEnd > jitterMs * bytesPerMs;
    const at = isLate ? now - ulaw.length : this.#callerEnd;
    const from = Math.max(0, at);
    this.#write((recording) => recording.write("caller", from, ulaw));
    this.#callerEnd = from + ulaw.length;
  }

  us(ulaw: Uint8Array): void {
    const at = Math.max(this.#position(), this.#ourEnd);
    this.#write((recording) => recording.write("ours", at, ulaw));
    this.#ourEnd = at + ulaw.length;
  }

  cleared(): void {
    const now = this.#position();
    if (this.#ourEnd <= now) return;
    this.#write((recording) => recording.cut("ours", now));
    this.#ourEnd = now;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cleared();
    await this.#opening;
    const end = await this.#recording?.finish();
    if (end !== undefined) this.#ports.ended({ ...end, file: this.#ports.file });
  }

  async #open(opening: Promise<Recording | undefined>): Promise<void> {
    const recording = await opening;
    const early = this.#early ?? [];
    this.#recording = recording;
    this.#early = undefined;
    if (recording !== undefined) for (const write of early) write(recording);
  }

  #write(write: (recording: Recording) => void): void {
    if (this.#recording === undefined) this.#early?.push(write);
    else write(this.#recording);
  }

  #position(): number {
    return Math.max(0, Math.floor((this.#ports.now() - this.#startedAt) * bytesPerMs));
  }
}
