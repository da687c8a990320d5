// One realtime session that reads texts aloud, one after the other, over a connection that stays open between them.
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { CallError } from "../../../call/error.ts";
import type { Cancel, Clock } from "../../deps.ts";
import { fieldsAt, parseMessage, shownCode, textAt } from "../transcribers/fields.ts";
import type { Fields } from "../transcribers/service.ts";
import { Reading } from "./reading.ts";
import { type Order, refusalOf, silent, unreachable } from "./refusal.ts";

export interface ReaderSessionOptions {
  service: string;
  settings: string;
  apiKey: string | undefined;
  url: string;
  voice: string;
  speed: number | undefined;
  instructions: string | undefined;
  clock: Clock;
  /** What was read, beside what should have been. */
  readAs(text: string, transcript: string): void;
  /** It takes no more texts. */
  ended(): void;
}

const largestMessageBytes = 16 * 1024 * 1024;
const openWithinMs = 8000;
/** Of nothing at all from a session that has a text to read. */
const quietForMs = 10_000;
/** A reading that was stopped must end soon, else the session is not fit for the next. */
const cancelWithinMs = 1500;

export class ReaderSession {
  /** On the monotonic clock. */
  readonly openedAt: number;
  /** It takes no more texts. */
  over = false;
  readonly #options: ReaderSessionOptions;
  readonly #socket: WebSocket;
  readonly #closed: Promise<void>;
  #reading: Reading | undefined;
  #released: () => void = () => undefined;
  #timer: Cancel = () => undefined;
  #count = 0;

  constructor(options: ReaderSessionOptions) {
    this.#options = options;
    this.openedAt = options.clock.monotonic();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    this.#socket = new WebSocket(options.url, {
      headers: options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` },
      perMessageDeflate: false,
      maxPayload: largestMessageBytes,
      followRedirects: false,
    });
    this.#timer = options.clock.after(openWithinMs, () => this.#fail(silent(options.service, "did not answer")));
    this.#socket
      .on("open", () => this.#opened())
      .on("message", (message: Buffer, isBinary: boolean) => isBinary || this.#take(parseMessage(message.toString())))
      .on("unexpected-response", (_request, response: IncomingMessage) => this.#refused(response))
      .on("error", (error: Error) => this.#fail(unreachable(options.service, error)))
      .on("close", () => {
        this.#fail(silent(options.service, "closed the connection"));
        resolve();
      });
  }

  /** No text is being read: the next may come. */
  get idle(): boolean {
    return !this.over && this.#reading === undefined;
  }

  /** Begins to read; when the connection is not open yet, as soon as it is. Only when idle. `released`: it is idle again. */
  read(text: string, released: () => void): Reading {
    this.#count++;
    const reading = new Reading(`text-${this.#count}`, text, {
      full: (isFull) => (isFull ? this.#socket.pause() : this.#socket.resume()),
    });
    this.#reading = reading;
    this.#released = released;
    if (this.#socket.readyState === WebSocket.OPEN) this.#order(reading);
    return reading;
  }

  /** Nobody wants it any more. */
  stop(reading: Reading): void {
    if (reading !== this.#reading || reading.settled) return;
    this.#socket.resume();
    if (reading.responseId === undefined) {
      this.close();
      return;
    }
    this.#send({ type: "response.cancel", response_id: reading.responseId });
    this.#watch(cancelWithinMs, () => this.close());
  }

  close(): void {
    this.#fail(silent(this.#options.service, "was closed"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#closed;
  }

  #opened(): void {
    const { voice, speed, instructions } = this.#options;
    this.#send({
      type: "session.update",
      session: {
        type: "realtime",
        output_modalities: ["audio"],
        ...(instructions !== undefined && { instructions }),
        audio: {
          input: { turn_detection: null },
          output: { format: { type: "audio/pcmu" }, voice, ...(speed !== undefined && { speed }) },
        },
      },
    });
    // Orders are carried out one after the other, so the text need not wait for the answer.
    if (this.#reading === undefined) this.#timer();
    else this.#order(this.#reading);
  }

  #order(reading: Reading): void {
    this.#send({
      type: "response.create",
      event_id: reading.id,
      response: {
        conversation: "none",
        input: [],
        output_modalities: ["audio"],
        instructions: `Read aloud exactly, add nothing: ${reading.text}`,
        metadata: { text: reading.id },
      },
    });
    this.#expectAudio();
  }

  #take(message: Fields | undefined): void {
    if (message === undefined) return;
    if (textAt(message, "type") === "error") this.#complained(message);
    else if (this.#reading !== undefined) this.#about(this.#reading, message);
  }

  /** What belongs to a reading that was stopped, or to none, is left out. */
  #about(reading: Reading, message: Fields): void {
    const response = fieldsAt(message, "response") ?? {};
    const type = textAt(message, "type");
    if (type === "response.created" && isOf(reading, response)) reading.responseId ??= textAt(response, "id");
    if (type === "response.done") this.#done(reading, response);
    if (reading.responseId === undefined || textAt(message, "response_id") !== reading.responseId) return;
    if (type === "response.output_audio.delta") {
      this.#expectAudio();
      reading.push(Buffer.from(textAt(message, "delta") ?? "", "base64"));
    } else if (type === "response.output_audio_transcript.done")
      this.#options.readAs(reading.text, textAt(message, "transcript") ?? "");
  }

  /** A reading that failed at once was never begun, so it has no name yet. */
  #done(reading: Reading, response: Fields): void {
    const status = textAt(response, "status");
    const own = reading.responseId === undefined ? status === "failed" : textAt(response, "id") === reading.responseId;
    if (!own) return;
    this.#timer();
    if (status === "completed" || status === "cancelled") this.#settle(undefined);
    else {
      const error = fieldsAt(fieldsAt(response, "status_details") ?? {}, "error") ?? {};
      this.#settle(silent(this.#options.service, `did not read: ${shownCode(error["code"] ?? error["type"])}`));
    }
  }

  /** Of an order of ours; most are about one text, and the session lives on. */
  #complained(message: Fields): void {
    const error = fieldsAt(message, "error") ?? {};
    const code = error["code"] ?? error["type"];
    if (code === "response_cancel_not_active") return;
    const { error: failure } = refusalOf(this.#whose(), 400, JSON.stringify({ error: { code: shownCode(code) } }));
    const about = textAt(error, "event_id");
    if (about === undefined) this.#fail(failure);
    else if (about === this.#reading?.id) this.#settle(failure);
  }

  #refused(response: IncomingMessage): void {
    response.destroy();
    this.#fail(refusalOf(this.#whose(), response.statusCode ?? 0, "").error);
  }

  #whose(): Order {
    const { service, settings, apiKey } = this.#options;
    return { service, settings, apiKey, text: this.#reading?.text ?? "" };
  }

  /** A service that is kept waiting is not quiet. */
  #expectAudio(): void {
    this.#watch(quietForMs, () => {
      if (this.#reading?.untaken === true) this.#expectAudio();
      else this.#fail(silent(this.#options.service, "stopped in the middle"));
    });
  }

  #watch(ms: number, act: () => void): void {
    this.#timer();
    this.#timer = this.#options.clock.after(ms, act);
  }

  #fail(failure: CallError): void {
    if (this.over) return;
    this.over = true;
    this.#timer();
    this.#settle(failure);
    this.#socket.terminate();
    this.#options.ended();
  }

  #settle(failure: CallError | undefined): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    this.#timer();
    this.#reading = undefined;
    reading.end(failure);
    if (!this.over) this.#released();
  }

  #send(event: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(event));
  }
}

function isOf(reading: Reading, response: Fields | undefined): boolean {
  const told = response && fieldsAt(response, "metadata");
  return told !== undefined && textAt(told, "text") === reading.id;
}
