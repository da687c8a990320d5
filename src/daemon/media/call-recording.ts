// Writes a call's two sides into its recording, each at the moment at which the caller spoke it or heard it.
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

/** A file that cannot be made costs the recording, never the call. */
export async function startCallRecording(ports: RecordingPorts): Promise<CallRecording | undefined> {
  try {
    const recording = await openRecording(ports.file, { law: "ulaw", maxBytes: ports.maxBytes });
    return new TimedRecording(recording, ports);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    ports.log.error({ callId: ports.callId, file: ports.file, code }, "the call cannot be recorded");
    return undefined;
  }
}

/** A frame that comes later than this behind the one before has silence in front of it. */
const jitterMs = 60;

class TimedRecording implements CallRecording {
  readonly #recording: Recording;
  readonly #ports: RecordingPorts;
  readonly #startedAt: number;
  #callerEnd = 0;
  #ourEnd = 0;

  constructor(recording: Recording, ports: RecordingPorts) {
    this.#recording = recording;
    this.#ports = ports;
    this.#startedAt = ports.now();
  }

  caller(ulaw: Uint8Array): void {
    const now = this.#position();
    const isLate = now - this.#callerEnd > jitterMs * bytesPerMs;
    const at = isLate ? now - ulaw.length : this.#callerEnd;
    this.#recording.write("caller", Math.max(0, at), ulaw);
    this.#callerEnd = Math.max(0, at) + ulaw.length;
  }

  us(ulaw: Uint8Array): void {
    const at = Math.max(this.#position(), this.#ourEnd);
    this.#recording.write("ours", at, ulaw);
    this.#ourEnd = at + ulaw.length;
  }

  cleared(): void {
    const now = this.#position();
    if (this.#ourEnd <= now) return;
    this.#recording.cut("ours", now);
    this.#ourEnd = now;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cleared();
    const end = await this.#recording.finish();
    this.#ports.ended({ ...end, file: this.#ports.file });
  }

  #position(): number {
    return Math.max(0, Math.floor((this.#ports.now() - this.#startedAt) * bytesPerMs));
  }
}
