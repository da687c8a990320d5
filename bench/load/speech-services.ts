// Speech services that answer at once: a recogniser (OpenAI realtime) that swallows audio and writes what it is told to,
// and a voice (ElevenLabs, µ-law) whose sentences last 60 ms a letter. The same door answers a carrier's orders.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { FrameReader, textFrame } from "./frames.ts";

export const voiceMsPerLetter = 60;

const bytesPerMs = 8;
const longestMs = 60_000;
/** A tone, so that it is not taken for silence. */
const tone = Uint8Array.from({ length: longestMs * bytesPerMs }, (_, at) => (at % 16 < 8 ? 0x1a : 0x9a));
/** Messages with 20 ms of audio are longer, all others of ours are not. */
const smallestAudio = 200;
const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** One session of the recogniser. */
export class HearingEar {
  /** Each message with audio, as it comes. */
  onAudio: () => void = () => undefined;
  readonly #socket: Duplex;
  readonly #reader = new FrameReader();
  readonly #ready = Promise.withResolvers<void>();
  #items = 0;
  #isReady = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("error", () => undefined);
  }

  /** It has been told that it may send. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** A whole turn of the caller: begun, ended and written. A sound without words is an empty one. */
  write(transcript: string): void {
    const item_id = `item_${++this.#items}`;
    this.#tell({ type: "input_audio_buffer.speech_started", audio_start_ms: 0, item_id });
    this.#tell({ type: "input_audio_buffer.speech_stopped", audio_end_ms: 0, item_id });
    this.#tell({ type: "input_audio_buffer.committed", item_id });
    this.#tell({ type: "conversation.item.input_audio_transcription.completed", item_id, transcript });
  }

  #received(chunk: Buffer): void {
    for (const { opcode, payload } of this.#reader.push(chunk)) {
      if (opcode === 8) this.#socket.end();
      else if (opcode === 9) this.#socket.write(Buffer.from([0x8a, 0]));
      else if (payload.length >= smallestAudio && this.#isReady) this.onAudio();
      else if (opcode === 1) this.#open();
    }
  }

  #open(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#tell({ type: "session.updated", session: {} });
    this.#ready.resolve();
  }

  #tell(message: object): void {
    if (this.#socket.writable) this.#socket.write(textFrame(JSON.stringify(message), false));
  }
}

export class SpeechServices implements Disposable {
  readonly #server = createServer((request, response) => void serve(request, response));
  readonly #waiting: PromiseWithResolvers<HearingEar>[] = [];
  readonly #arrived: HearingEar[] = [];

  constructor() {
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex) => this.#hear(request, socket));
  }

  async listen(): Promise<number> {
    const listening = Promise.withResolvers<void>();
    this.#server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next session that is opened: calls that begin one after the other know theirs. */
  nextEar(): Promise<HearingEar> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    const waiting = Promise.withResolvers<HearingEar>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #hear({ headers }: IncomingMessage, socket: Duplex): void {
    const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}${magic}`).digest("base64");
    const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    const ear = new HearingEar(socket);
    socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join("\r\n")}\r\n\r\n`);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(ear);
    else waiting.resolve(ear);
  }
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request);
  if (!request.url?.startsWith("/v1/text-to-speech/")) {
    response.end("{}");
    return;
  }
  const { text } = JSON.parse(body) as { text: string };
  const length = Math.min(longestMs, text.length * voiceMsPerLetter) * bytesPerMs;
  response.writeHead(200, { "content-type": "audio/basic", "content-length": length });
  response.end(tone.subarray(0, length));
}
