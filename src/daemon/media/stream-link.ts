// One media socket that is up: its codec both ways, with the caller's frames put into order.
import type { MediaSocket, StreamCodec, StreamEvent } from "../carriers/media.ts";
import { ulawToAlaw } from "./g711.ts";
import type { PlaybackLine } from "./playback.ts";
import { ReorderWindow } from "./reorder.ts";

export type Encoding = "PCMU" | "PCMA";

/** A peer that takes nothing for 64 s of audio is gone. */
const mostBufferedBytes = 1024 * 1024;
const mostMalformed = 50;

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
    const coded = this.#encoding === "PCMU" ? bytes : ulawToAlaw(bytes);
    this.#send(this.#codec.audio(Buffer.from(coded.buffer, coded.byteOffset, coded.length).toString("base64")));
  }

  mark(name: string): void {
    this.#send(this.#codec.mark(name));
  }

  clear(): void {
    this.#send(this.#codec.clear());
  }

  close(code: number, why: string): void {
    this.#socket.close(code, why);
  }

  /** Hands on one event of the socket. */
  read(event: StreamEvent, reader: LinkReader): void {
    switch (event.type) {
      case "audio":
        if (!this.#codec.reorders) return reader.audio(event.payload, this.#encoding);
        for (const payload of this.#window.push(event.chunk, event.payload)) reader.audio(payload, this.#encoding);
        return;
      case "mark":
        return reader.mark(event.name);
      case "digit":
        return reader.digit(event.digit);
      case "complaint":
        return reader.complaint(event.message);
      case "malformed":
        if (++this.#malformed >= mostMalformed) this.close(1008, "too many frames that cannot be read");
        return;
      case "start":
      case "cleared":
      case "stop":
        return;
    }
  }

  #send(frame: string): void {
    if (this.#socket.bufferedAmount > mostBufferedBytes) return this.close(1013, "the audio is not taken");
    this.#socket.send(frame);
  }
}
