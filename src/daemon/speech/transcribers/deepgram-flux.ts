// Deepgram Flux's words: turns as the service itself sees them, with an early guess that it may take back.
import type { UlawFrame } from "../transcriber.ts";
import { confidenceOf, isFields, numberAt, shownCode, textAt } from "./fields.ts";
import { joined } from "./frames.ts";
import type { Dialect, Fields, Floor } from "./service.ts";

export class FluxDialect implements Dialect {
  readonly farewell = '{"type":"CloseStream"}';
  readonly #floor: Floor;
  /** The turn that goes on. */
  #turn: number | undefined;
  #text = "";
  /** An early guess is out. */
  #guessed = false;
  /** Turns up to this one are told. */
  #toldUpTo = -1;

  constructor(floor: Floor) {
    this.#floor = floor;
  }

  get busy(): boolean {
    return this.#turn !== undefined;
  }

  opened(): undefined {
    this.#turn = undefined;
    this.#text = "";
    this.#toldUpTo = -1;
    return undefined;
  }

  audio(frames: readonly UlawFrame[]): Uint8Array {
    return joined(frames);
  }

  /** Outside of a turn there would be no answer. */
  commit(): string | undefined {
    return this.busy ? '{"type":"ForceEndTurn"}' : undefined;
  }

  receive(message: Fields): void {
    switch (message["type"]) {
      case "Connected":
        this.#floor.ready();
        return;
      case "TurnInfo":
        this.#turnInfo(message);
        return;
      case "Error":
        this.#floor.renew(shownCode(message["code"]));
        return;
      case "ConfigureFailure":
        this.#floor.note("configure_failure");
        return;
      default:
    }
  }

  /** What was not settled is heard again, so a guess that is out is taken back. */
  closed(): void {
    if (this.#guessed) this.#floor.heard({ type: "resumed" });
    this.#guessed = false;
  }

  /** Half a turn is better than none. */
  finish(): void {
    this.#end({});
  }

  dispose(): void {
    // It holds no timer.
  }

  #turnInfo(message: Fields): void {
    const turn = numberAt(message, "turn_index");
    if (turn === undefined || turn <= this.#toldUpTo) return;
    const text = (textAt(message, "transcript") ?? "").trim();
    const event = message["event"];
    if (event === "EndOfTurn") {
      this.#begin(turn);
      this.#text = text;
      this.#end(message);
    } else if (event === "EagerEndOfTurn") {
      this.#begin(turn);
      this.#text = text;
      this.#guessed = true;
      this.#floor.heard({ type: "eagerEnd", text });
    } else if (event === "TurnResumed") {
      if (this.#guessed) this.#floor.heard({ type: "resumed" });
      this.#guessed = false;
      this.#grow(text);
    } else if (event === "StartOfTurn" || event === "Update") {
      // Updates also come while nobody speaks.
      if (event === "StartOfTurn" || text !== "") this.#begin(turn);
      this.#grow(text);
    }
  }

  #begin(turn: number): void {
    if (this.#turn === turn) return;
    // The end of the turn before never came.
    this.#end({});
    this.#turn = turn;
    this.#floor.heard({ type: "speechStarted" });
  }

  #grow(text: string): void {
    if (text === "" || text === this.#text) return;
    this.#text = text;
    this.#floor.heard({ type: "partial", text });
  }

  #end(message: Fields): void {
    if (this.#turn === undefined) return;
    this.#toldUpTo = this.#turn;
    this.#turn = undefined;
    this.#guessed = false;
    const text = this.#text;
    this.#text = "";
    const endsAt = numberAt(message, "audio_window_end");
    if (endsAt !== undefined) this.#floor.settle(this.#floor.positionAt(endsAt * 1000));
    this.#floor.heard({ type: "speechStopped" });
    this.#floor.heard({ type: "final", text, turnEnd: true, ...confidenceIn(message) });
  }
}

function confidenceIn(message: Fields): { confidence?: number } {
  const words = message["words"];
  if (!Array.isArray(words)) return {};
  return confidenceOf(words.map((word: unknown) => (isFields(word) ? numberAt(word, "confidence") : undefined)));
}
