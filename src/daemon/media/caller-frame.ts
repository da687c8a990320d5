// One frame of the caller's audio, in the form in which it came; other forms are made when somebody asks.
import type { UlawFrame } from "../speech/transcriber.ts";
import { alawToUlaw } from "./g711.ts";

/** A frame as the carrier sent it, in base64. What is only forwarded is never decoded. */
export function callerFrame(payload: string, encoding: "PCMU" | "PCMA"): UlawFrame {
  return encoding === "PCMU" ? new Forwarded(payload) : new Made(alawToUlaw(Buffer.from(payload, "base64")));
}

/** A frame of silence, in place of one that did not come. */
export function silentFrame(bytes: number): UlawFrame {
  return new Made(new Uint8Array(bytes).fill(0xff));
}

class Forwarded implements UlawFrame {
  readonly base64: string;

  constructor(base64: string) {
    this.base64 = base64;
  }

  /** Made anew for each look: a recogniser keeps seconds of frames, and would keep them twice. */
  get bytes(): Uint8Array {
    return Buffer.from(this.base64, "base64");
  }
}

class Made implements UlawFrame {
  readonly bytes: Uint8Array;
  #base64: string | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get base64(): string {
    return (this.#base64 ??= Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length).toString(
      "base64",
    ));
  }
}
