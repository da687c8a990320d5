// One media socket of an emulated call, from its upgrade to its close: a true clock both ways, and the carrier's rules.
import type { WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import type { Destination } from "../route.ts";
import { BYTES_PER_MS, type StreamView } from "./audio.ts";
import type { AppMessage, Dialect } from "./dialect.ts";
import type { StreamFaults } from "./faults.ts";
import { Outbox } from "./outbox.ts";
import { Playout } from "./playout.ts";
import { dial } from "./socket.ts";
import type { SoundLog } from "./sound-log.ts";
import type { Voice } from "./voice.ts";

/** How a stream came to its end. */
export type StreamEnd =
  /** The program never took the socket. */
  | "refused"
  /** The program closed it, or it broke. */
  | "closed"
  /** The carrier ended it. */
  | "stopped";

export interface StreamPlan {
  readonly url: string;
  /** New words for each socket. */
  readonly dialect: (faults: StreamFaults) => Dialect;
  /** Where the socket really goes, with the carrier's headers. Throws when it cannot go there. */
  readonly destination: (faults: StreamFaults) => Destination;
  readonly faults: StreamFaults;
  /** Tells what the carrier's debugger would list. */
  readonly warn: (warning: string) => void;
  /** `start` has been said. */
  readonly began?: () => void;
  /** The program has asked for keys to be played to the callee. */
  readonly keys?: (digits: string) => void;
}

export interface StreamPorts {
  readonly clock: Clock;
  readonly voice: Voice;
  readonly ear: SoundLog;
  readonly mouth: SoundLog;
  /** The present sample of the call's time line. */
  readonly sample: () => number;
  /** `state`: it began, went on or ended; else only its figures changed. */
  readonly changed: (stream: StreamView, what: "state" | "figures") => void;
}

const FRAME_MS = 20;
const FRAME_BYTES = FRAME_MS * BYTES_PER_MS;
const CLOSE_GRACE_MS = 1000;

export class MediaStream implements StreamView {
  readonly url: string;
  readonly streamId: string;
  readonly foreign: boolean;
  readonly received = { audio: 0, mark: 0, clear: 0, digits: 0, nonsense: 0 };
  readonly marks: string[] = [];
  state: StreamView["state"] = "connecting";
  refusedWith: number | null = null;
  closeCode: number | null = null;
  readonly #plan: StreamPlan;
  readonly #ports: StreamPorts;
  readonly #dialect: Dialect;
  readonly #playout: Playout;
  readonly #over = new AbortController();
  #outbox: Outbox | null = null;
  #chunk = 0;
  #firstSample = 0;

  constructor(plan: StreamPlan, ports: StreamPorts, foreign = false) {
    this.#plan = plan;
    this.#ports = ports;
    this.#dialect = plan.dialect(plan.faults);
    this.#playout = new Playout(ports.ear);
    this.url = plan.url;
    this.streamId = this.#dialect.streamId;
    this.foreign = foreign;
  }

  get bufferedMs(): number {
    return this.#playout.buffered(this.#ports.sample()) / BYTES_PER_MS;
  }

  /** Dials, streams until either side ends it or the signal aborts, and settles when the socket is closed. */
  async run(signal: AbortSignal): Promise<StreamEnd> {
    const socket = await this.#connect(signal);
    if (socket === null) {
      this.#become("over");
      return signal.aborted ? "stopped" : "refused";
    }
    const closed = new Promise<void>((resolve) => {
      socket.once("close", (code) => {
        this.closeCode = code;
        this.#over.abort();
        resolve();
      });
    });
    const within = AbortSignal.any([signal, this.#over.signal]);
    void this.#begin(socket, within);
    await aborted(within);
    const stopped = !this.#over.signal.aborted;
    this.#playout.clear(this.#ports.sample());
    this.#ports.voice.drop();
    if (stopped) {
      await this.#stop(socket, closed);
    }
    this.#become("over");
    // Until now the callee took the stream for one that carries.
    this.#ports.voice.drop();
    return stopped ? "stopped" : "closed";
  }

  /** The callee presses keys; false when nothing was up. */
  press(digits: string): boolean {
    if (this.state !== "started") {
      return false;
    }
    for (const key of digits) {
      this.#outbox?.send(this.#dialect.digit(key, this.#chunk * FRAME_MS));
    }
    return true;
  }

  async #connect(signal: AbortSignal): Promise<WebSocket | null> {
    const { faults, warn } = this.#plan;
    this.#become("connecting");
    if (faults.has("never-connect")) {
      return null;
    }
    await this.#ports.clock.passReal(faults.find("late-connect")?.ms ?? 0, signal);
    if (signal.aborted) {
      return null;
    }
    try {
      const dialled = await dial(this.#plan.destination(faults), signal);
      if ("socket" in dialled) {
        return dialled.socket;
      }
      this.refusedWith = dialled.refusedWith;
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error));
    }
    return null;
  }

  async #begin(socket: WebSocket, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const { faults } = this.#plan;
    const outbox = new Outbox(socket, clock, faults);
    this.#outbox = outbox;
    socket.on("message", (data, isBinary) => {
      // By its default binary type `ws` hands over nothing but buffers.
      this.#heard(socket, isBinary, Buffer.isBuffer(data) ? data : Buffer.alloc(0));
    });
    this.#become("open");
    for (const message of this.#dialect.hello()) {
      outbox.send(message);
    }
    const waits = faults.has("no-start") ? Number.MAX_SAFE_INTEGER : (faults.find("late-start")?.ms ?? 0);
    if (waits > 0 && !(await clock.passReal(Math.min(waits, 2 ** 31 - 1), signal))) {
      return;
    }
    const start = this.#dialect.start();
    outbox.send(start);
    if (faults.has("duplicate-start")) {
      outbox.send(start);
    }
    this.#firstSample = this.#ports.sample();
    this.#become("started");
    this.#plan.began?.();
    clock.every(FRAME_MS, () => this.#beat(), signal);
    const drop = faults.find("drop");
    if (drop !== undefined && (await clock.passReal(drop.afterMs, signal))) {
      socket.terminate();
    }
  }

  /** 20 ms have passed. */
  #beat(): void {
    const { voice, mouth, sample } = this.#ports;
    const { frame, spoken } = voice.take(FRAME_BYTES);
    if (spoken > 0) {
      mouth.add(this.#firstSample + this.#chunk * FRAME_BYTES, frame.subarray(0, spoken));
    }
    const timestampMs = this.#chunk * FRAME_MS;
    this.#chunk += 1;
    this.#outbox?.media(this.#dialect.media({ ulaw: frame, chunk: this.#chunk, timestampMs }), this.#chunk);
    this.#giveBack(this.#playout.played(sample()));
    this.#ports.changed(this, "figures");
  }

  #giveBack(marks: readonly string[]): void {
    if (this.#plan.faults.has("lose-marks")) {
      return;
    }
    for (const mark of marks) {
      this.marks.push(mark);
      this.#outbox?.send(this.#dialect.played(mark));
    }
  }

  #heard(socket: WebSocket, isBinary: boolean, data: Buffer): void {
    const { maxMessageBytes } = this.#dialect;
    if (data.length > maxMessageBytes) {
      this.#act(socket, { says: "nonsense", warning: `a message of ${data.length} bytes is too long`, closes: true });
    } else if (isBinary) {
      this.#act(socket, { says: "nonsense", warning: "binary messages are not understood", closes: true });
    } else {
      this.#act(socket, this.#dialect.read(data.toString()));
    }
    this.#ports.changed(this, "figures");
  }

  #act(socket: WebSocket, message: AppMessage): void {
    const now = this.#ports.sample();
    this.received[message.says] += 1;
    switch (message.says) {
      case "audio":
        this.#play(message.ulaw, now);
        break;
      case "mark":
        this.#playout.mark(message.name, now);
        break;
      case "clear":
        this.#clear(now);
        break;
      case "digits":
        this.#plan.keys?.(message.digits);
        break;
      case "nonsense":
        this.#refuse(socket, message);
        break;
    }
  }

  #play(ulaw: Uint8Array, now: number): void {
    if (this.#playout.buffered(now) / BYTES_PER_MS > this.#dialect.maxBufferedMs) {
      this.#plan.warn("audio was thrown away: the buffer is full");
    } else {
      this.#playout.push(ulaw, now);
    }
  }

  #clear(now: number): void {
    this.#giveBack(this.#playout.played(now));
    const waiting = this.#playout.clear(now);
    const confirmation = this.#dialect.cleared();
    if (confirmation !== null) {
      this.#outbox?.send(confirmation);
    }
    if (this.#dialect.returnsMarks) {
      this.#giveBack(waiting);
    }
  }

  #refuse(socket: WebSocket, message: Extract<AppMessage, { says: "nonsense" }>): void {
    this.#plan.warn(message.warning);
    if (message.reply !== undefined) {
      this.#outbox?.send(message.reply);
    }
    if (message.closes === true) {
      socket.close(1003);
    }
  }

  async #stop(socket: WebSocket, closed: Promise<void>): Promise<void> {
    const { clock } = this.#ports;
    const words = this.#dialect.stop();
    if (words !== null && this.state === "started") {
      this.#outbox?.send(words);
    }
    const lateClose = this.#plan.faults.find("late-close");
    if (lateClose !== undefined) {
      const late = AbortSignal.any([this.#over.signal, clock.deadline(lateClose.ms)]);
      clock.every(FRAME_MS, () => this.#beat(), late);
      await aborted(late);
    }
    socket.close(1000);
    const impatient = new AbortController();
    clock.every(CLOSE_GRACE_MS, () => socket.terminate(), impatient.signal);
    await closed;
    impatient.abort();
  }

  #become(state: StreamView["state"]): void {
    this.state = state;
    this.#ports.changed(this, "state");
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener("abort", () => resolve(), { once: true });
    }
  });
}
