// One media socket that is up: its codec both ways, with the caller's frames put into order.
import type { MediaSocket, StreamCodec, StreamEvent } from "../carriers/media.ts";
import { frameBytes } from "./frames.ts";
import { alaw, ulaw, ulawToAlaw } from "./g711.ts";
import type { PlaybackLine } from "./playback.ts";
import { ReorderWindow } from "./reorder.ts";

export type Encoding = "PCMU" | "PCMA";

/** A peer that takes nothing for 64 s of audio is gone. */
const mostBufferedBytes = 1024 * 1024;
const mostMalformed = 50;
/** A gap of more than a second is no lost frame. */
const mostFilled = 50;
const silence: Readonly<Record<Encoding, string>> = {
  PCMU: Buffer.alloc(frameBytes, ulaw.silence).toString("base64"),
  PCMA: Buffer.alloc(frameBytes, alaw.silence).toString("base64"),
};

export interface LinkReader {
  audio(payload: string, encoding: Encoding): void;
  mark(name: string): void;
  digit(digit: string): void;
  complaint(message: string): void;
}

export class StreamLink implements PlaybackLine {
  readonly #socket: MediaSocket;
  readonly #codec: StreamCodec;
  readonly #encoding: Encoding;
  readonly #window = new ReorderWindow<string>();
  #malformed = 0;

  constructor(socket: MediaSocket, codec: StreamCodec, encoding: Encoding) {
    this.#socket = socket;
    this.#codec = codec;
    this.#encoding = encoding;
  }

  get maxAudioBytes(): number {
    return this.#codec.maxAudioBytes;
  }

  audio(bytes: Uint8Array): void {
    const whole = bytes.length < frameBytes ? wholeFrame(bytes) : bytes;
    const coded = this.#encoding === "PCMU" ? whole : ulawToAlaw(whole);
    this.#send(this.#codec.audio(Buffer.from(coded.buffer, coded.byteOffset, coded.length).toString("base64")));
  }

  mark(name: string): void {
    this.#send(this.#codec.mark(name));
  }

  clear(): void {
    this.#send(this.#codec.clear());
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** Hands on one event of the socket. */
  read(event: StreamEvent, reader: LinkReader): void {
    switch (event.type) {
      case "audio":
        if (!this.#codec.reorders) return reader.audio(event.payload, this.#encoding);
        return this.#inOrder(event, reader);
      case "mark":
        return reader.mark(event.name);
      case "digit":
        return reader.digit(event.digit);
      case "complaint":
        return reader.complaint(event.message);
      case "malformed":
        if (++this.#malformed >= mostMalformed) this.close(1008);
        return;
      case "start":
      case "cleared":
      case "stop":
        return;
    }
  }

  /** What is missing is silence, so that time goes on for those who listen. */
  #inOrder({ chunk, payload }: Extract<StreamEvent, { type: "audio" }>, reader: LinkReader): void {
    for (const { frame, missing } of this.#window.push(chunk, payload)) {
      for (let filled = 0; filled < Math.min(missing, mostFilled); filled++)
        reader.audio(silence[this.#encoding], this.#encoding);
      reader.audio(frame, this.#encoding);
    }
  }

  #send(frame: string): void {
    if (this.#socket.bufferedAmount > mostBufferedBytes) return this.close(1013);
    this.#socket.send(frame);
  }
}

/** An utterance ends anywhere; a carrier may refuse less than a frame. */
function wholeFrame(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(frameBytes).fill(ulaw.silence);
  frame.set(bytes);
  return frame;
}
