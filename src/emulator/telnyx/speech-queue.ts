// What is spoken and played on a call, one after the other, and where it was cut off.
import type { Clock } from "../clock.ts";
import type { Heard } from "./emulated-call.ts";

export interface Playable {
  readonly kind: "speak" | "play";
  /** Text without markup, or the URL of a recording. */
  readonly text: string;
  /** Of the command that asked for it; carried by its events. */
  readonly clientState: string | null;
  /** Whether its start and end are told by webhook; a prompt of a gather is not. */
  readonly told: boolean;
}

/** How something ended that was being played. */
export type PlayStatus = "completed" | "cancelled" | "call_hangup";

export interface SpeechPorts {
  readonly clock: Clock;
  readonly started: (item: Playable) => void;
  readonly ended: (item: Playable, status: PlayStatus, heard: Heard) => void;
  /** Nothing is left to play. */
  readonly fellSilent: (heardOut: boolean) => void;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
}

interface Playing {
  readonly item: Playable;
  readonly startedAt: number;
  readonly over: AbortController;
}

const MS_PER_CHARACTER = 60;
const MS_PER_RECORDING = 2000;

/** Line milliseconds that a spoken text takes. */
export function speakingMs(text: string): number {
  return text.length * MS_PER_CHARACTER;
}

export class SpeechQueue {
  readonly #ports: SpeechPorts;
  #waiting: Playable[] = [];
  #playing: Playing | null = null;

  constructor(ports: SpeechPorts) {
    this.#ports = ports;
  }

  /** What is being played at the moment. */
  get current(): Playable | null {
    return this.#playing?.item ?? null;
  }

  /** Plays after what is waiting already; `stop` first ends the current one, or everything. */
  add(item: Playable, stop?: "current" | "all"): void {
    if (stop === "all") {
      this.#waiting = [];
    }
    this.#waiting.push(item);
    if (stop !== undefined && this.#playing !== null) {
      this.#finish(this.#playing, "cancelled");
    } else {
      this.#next();
    }
  }

  /** Ends the current one, or everything. */
  stop(what: "current" | "all", status: "cancelled" | "call_hangup" = "cancelled"): void {
    if (what === "all") {
      this.#waiting = [];
    }
    if (this.#playing !== null) {
      this.#finish(this.#playing, status);
    }
  }

  #next(): void {
    const item = this.#playing === null ? this.#waiting.shift() : undefined;
    if (item === undefined) {
      return;
    }
    const { clock, signal } = this.#ports;
    const playing = { item, startedAt: clock.now(), over: new AbortController() };
    this.#playing = playing;
    this.#ports.started(item);
    clock.later(
      durationOf(item),
      () => this.#finish(playing, "completed"),
      AbortSignal.any([playing.over.signal, signal]),
    );
  }

  #finish(playing: Playing, status: PlayStatus): void {
    if (this.#playing !== playing) {
      return;
    }
    playing.over.abort();
    this.#playing = null;
    const { kind, text } = playing.item;
    const complete = status === "completed";
    const share = this.#ports.clock.since(playing.startedAt) / Math.max(1, durationOf(playing.item));
    const heard = complete ? text : text.slice(0, Math.floor(Math.min(1, share) * text.length));
    this.#ports.ended(playing.item, status, { kind, text, heard, complete });
    this.#next();
    if (this.#playing === null) {
      this.#ports.fellSilent(complete);
    }
  }
}

/** Line milliseconds that an item takes. */
export function durationOf(item: Playable): number {
  return item.kind === "speak" ? speakingMs(item.text) : MS_PER_RECORDING;
}
