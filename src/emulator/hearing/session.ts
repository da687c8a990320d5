// One connection to an emulated recogniser: what came in, what goes out, and the faults of the connection.
import type { WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import type { ServiceRequest } from "../service-server.ts";
import type { ConnectionFault } from "./faults.ts";
import type { HearingSession } from "./hearing.ts";

export interface SessionOptions {
  readonly request: ServiceRequest;
  readonly faults: readonly ConnectionFault[];
  readonly keepAudio: boolean;
  readonly clock: Clock;
  /** Something came in or went out, or it closed. */
  onChange(): void;
}

/** What a protocol does with a session. */
export interface SessionTalk {
  /** A text message that is a JSON object. */
  message(message: Readonly<Record<string, unknown>>): void;
  /** A binary message; a complaint when absent. */
  binary?(bytes: Uint8Array): void;
  /** Says that the session has reached its limit, as the service does. */
  expire(): void;
  hear(text: string): void;
}

const ABNORMAL = 1006;

const GARBAGE: readonly (string | Uint8Array)[] = [
  "{",
  "",
  "42",
  "null",
  "[]",
  '"text"',
  "{}",
  '{"type":null}',
  '{"type":"new.thing","item_id":7}',
  '{"message_type":"new_thing"}',
  Uint8Array.of(0, 255, 1, 254),
  `{"type":"Results","channel":{"alternatives":7}}`,
  `{"type":"TurnInfo","event":"Dance"}`,
  `{"type":"error"}`,
];

export class EmulatedSession implements HearingSession {
  readonly url: URL;
  readonly messages: Record<string, unknown>[] = [];
  readonly complaints: string[] = [];
  readonly ended = new AbortController();
  closeCode: number | undefined;
  audioMessages = 0;
  readonly #socket: WebSocket;
  readonly #options: SessionOptions;
  readonly #audio: Uint8Array[] = [];
  #audioBytes = 0;
  #greeted = false;
  #garbage = 0;
  #talk: SessionTalk | undefined;

  constructor(socket: WebSocket, options: SessionOptions) {
    this.url = options.request.url;
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (message: Buffer, isBinary: boolean) => {
      this.#receive(message, isBinary);
      options.onChange();
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", (code) => {
      this.closeCode = code;
      this.ended.abort();
      options.onChange();
    });
    const limit = this.#fault("expire");
    if (limit !== undefined) options.clock.later(limit.afterMs, () => this.#talk?.expire(), this.ended.signal);
  }

  talk(talk: SessionTalk): void {
    this.#talk = talk;
  }

  get open(): boolean {
    return this.closeCode === undefined;
  }

  get audioMs(): number {
    return this.#audioBytes / 8;
  }

  get audio(): Uint8Array {
    return Buffer.concat(this.#audio);
  }

  hear(text: string): void {
    this.#talk?.hear(text);
  }

  /** The service's first words. */
  greet(message: unknown): void {
    this.#say(message);
    this.#greeted = true;
  }

  /** Anything after the first words; a deaf session keeps silent. */
  tell(message: unknown): void {
    if (this.#greeted && this.#fault("deaf") !== undefined) return;
    this.#say(message);
  }

  send(message: string | Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message);
    this.#options.onChange();
  }

  close(code: number): void {
    if (code === ABNORMAL) this.#socket.terminate();
    else this.#socket.close(code);
  }

  complain(what: string): void {
    this.complaints.push(what);
  }

  /** Counts audio and has the faults hit that wait for it. */
  takeAudio(ulaw: Uint8Array): void {
    this.#audioBytes += ulaw.length;
    this.audioMessages += 1;
    if (this.#options.keepAudio) this.#audio.push(Uint8Array.from(ulaw));
    const close = this.#fault("close");
    if (close !== undefined && this.audioMs >= close.afterAudioMs) this.close(close.code);
    const stall = this.#fault("stall");
    if (stall !== undefined && this.audioMs >= stall.afterAudioMs) this.#socket.pause();
  }

  #say(message: unknown): void {
    if (this.#fault("mute") !== undefined) return;
    if (this.#fault("garbage") !== undefined) {
      this.send(GARBAGE[this.#garbage % GARBAGE.length] ?? "");
      this.#garbage += 1;
    }
    const text = JSON.stringify(message);
    const fragment = this.#fault("fragment");
    if (fragment === undefined) this.send(text);
    else this.#sendCut(text, fragment.bytes);
  }

  #sendCut(text: string, bytes: number): void {
    for (let from = 0; from < text.length; from += bytes) {
      const fin = from + bytes >= text.length;
      if (this.open) this.#socket.send(text.slice(from, from + bytes), { fin });
    }
    this.#options.onChange();
  }

  #receive(message: Buffer, isBinary: boolean): void {
    if (isBinary) {
      if (this.#talk?.binary === undefined) this.complain("a binary message");
      else this.#talk.binary(message);
      return;
    }
    const parsed = parseObject(message.toString());
    if (parsed === undefined) this.complain("a message that is no JSON object");
    else this.#talk?.message(parsed);
  }

  #fault<Name extends ConnectionFault["fault"]>(name: Name): Extract<ConnectionFault, { fault: Name }> | undefined {
    const is = (fault: ConnectionFault): fault is Extract<ConnectionFault, { fault: Name }> => fault.fault === name;
    return this.#options.faults.find(is);
  }
}

/** An object, whatever is in it. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
