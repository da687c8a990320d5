// What an emulated recogniser makes of a call's audio: turns, partial words while they last, and finals with their faults.
import type { Clock } from "../clock.ts";
import { Ear } from "./ear.ts";
import type { FinalFault } from "./faults.ts";

/** One stretch of speech. */
export interface SpokenTurn {
  /** Counted from 0 in each session. */
  readonly index: number;
  /** Milliseconds of the session's audio. */
  readonly startMs: number;
  endMs: number;
  readonly text: string;
}

/** How a service's protocol tells of a turn. */
export interface TurnTeller {
  started?(turn: SpokenTurn): void;
  /** All of it so far. */
  partial(turn: SpokenTurn, text: string): void;
  /** Speech is over; the final comes later. */
  stopped(turn: SpokenTurn): void;
  final(turn: SpokenTurn): void;
  failed(turn: SpokenTurn): void;
}

export interface RecogniserOptions {
  /** Silence that ends a turn; null: only a commit does. */
  readonly silenceMs: number | null;
  readonly loudness: number;
  /** Real milliseconds from the end of a turn to its final. */
  readonly finalAfterMs: number;
  /** What is understood next. */
  nextText(turn: number): string;
  finalFaults(turn: number): FinalFault[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A word more is understood each time so much was spoken. */
const WORD_MS = 200;

export class Recogniser {
  readonly #options: RecogniserOptions;
  readonly #tell: TurnTeller;
  readonly #ear: Ear;
  #turn: SpokenTurn | undefined;
  #words = 0;
  #turns = 0;
  #committedAtMs = 0;
  #held: SpokenTurn[] = [];

  constructor(options: RecogniserOptions, tell: TurnTeller) {
    this.#options = options;
    this.#tell = tell;
    const silenceMs = options.silenceMs ?? Number.POSITIVE_INFINITY;
    this.#ear = new Ear({ silenceMs, loudness: options.loudness }, ({ type, atMs }) => {
      if (type === "started") this.#begin(atMs);
      else if (type === "stopped") this.#end(atMs);
      else this.#goOn(atMs);
    });
  }

  get atMs(): number {
    return this.#ear.atMs;
  }

  /** Milliseconds of audio since the last commit, the service's own ones included. */
  get uncommittedMs(): number {
    return this.#ear.atMs - this.#committedAtMs;
  }

  get inTurn(): boolean {
    return this.#turn !== undefined;
  }

  take(ulaw: Uint8Array): void {
    this.#ear.take(ulaw);
  }

  /** Ends the turn now; a turn in which nobody spoke has an empty text. */
  commit(): void {
    const atMs = this.#ear.atMs;
    this.#turn ??= { index: this.#turns++, startMs: this.#committedAtMs, endMs: atMs, text: "" };
    this.#end(atMs);
  }

  /** A whole turn without any audio. */
  hear(text: string): void {
    const atMs = this.#ear.atMs;
    this.#begin(atMs, text);
    this.#end(atMs);
  }

  #begin(atMs: number, text = this.#options.nextText(this.#turns)): void {
    const turn = { index: this.#turns++, startMs: atMs, endMs: atMs, text };
    this.#turn = turn;
    this.#words = 0;
    this.#tell.started?.(turn);
  }

  #goOn(atMs: number): void {
    if (this.#turn === undefined) return;
    const words = this.#turn.text.split(" ");
    const understood = Math.min(words.length, Math.floor((atMs - this.#turn.startMs) / WORD_MS));
    if (understood <= this.#words) return;
    this.#words = understood;
    this.#tell.partial(this.#turn, words.slice(0, understood).join(" "));
  }

  #end(atMs: number): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#turn = undefined;
    this.#committedAtMs = atMs;
    this.#ear.reset();
    turn.endMs = atMs;
    this.#tell.stopped(turn);
    this.#finish(turn, this.#options.finalFaults(turn.index));
  }

  #finish(turn: SpokenTurn, faults: FinalFault[]): void {
    const has = (name: FinalFault["fault"]): boolean => faults.some(({ fault }) => fault === name);
    if (has("missing")) return;
    const lateMs = faults.reduce((sum, fault) => sum + (fault.fault === "late" ? fault.ms : 0), 0);
    const tell = (): void => {
      if (has("failed")) {
        this.#tell.failed(turn);
        return;
      }
      this.#tell.final(turn);
      if (has("duplicate")) this.#tell.final(turn);
      for (const held of this.#held.splice(0)) this.#tell.final(held);
    };
    if (has("swap")) this.#held.push(turn);
    else this.#options.clock.later(this.#options.finalAfterMs + lateMs, tell, this.#options.signal);
  }
}
