// Deepgram Nova's words: a turn's pieces one by one, and its end by a pause.
import type { UlawFrame } from "../transcriber.ts";
import { confidenceOf, fieldsAt, isFields, numberAt, shownCode, textAt } from "./fields.ts";
import { joined } from "./frames.ts";
import type { Dialect, Fields, Floor } from "./service.ts";

interface Piece {
  text: string;
  confidence: number | undefined;
}

/** Beyond the pause that ends an utterance, for an end that the service never tells. */
const spareMs = 1500;
const never = (): void => {};

export class NovaDialect implements Dialect {
  readonly farewell = '{"type":"CloseStream"}';
  readonly #floor: Floor;
  readonly #endsWithinMs: number;
  /** Of the present turn, final but not yet told. */
  #pieces: Piece[] = [];
  #interim = "";
  #speaking = false;
  /** Results have come since speech began. */
  #told = false;
  #deadline = never;

  constructor(floor: Floor, utteranceEndMs: number) {
    this.#floor = floor;
    this.#endsWithinMs = utteranceEndMs + spareMs;
  }

  get busy(): boolean {
    return this.#speaking;
  }

  opened(): undefined {
    this.#interim = "";
    if (this.#speaking) this.#await();
    this.#floor.ready();
  }

  audio(frames: readonly UlawFrame[]): Uint8Array {
    return joined(frames);
  }

  commit(): string {
    return '{"type":"Finalize"}';
  }

  receive(message: Fields): void {
    switch (message["type"]) {
      case "Results":
        this.#results(message);
        return;
      case "SpeechStarted":
        this.#start();
        return;
      case "UtteranceEnd":
        this.#end(true);
        return;
      case "Error":
        this.#floor.renew(shownCode(message["code"] ?? message["err_code"]));
        return;
      default:
    }
  }

  /** What is final stays; the rest is heard again. */
  closed(): void {
    this.#deadline();
  }

  finish(): void {
    this.#end(true);
  }

  dispose(): void {
    this.#deadline();
  }

  #results(message: Fields): void {
    const alternatives = fieldsAt(message, "channel")?.["alternatives"];
    const best: unknown = Array.isArray(alternatives) ? alternatives[0] : undefined;
    if (!isFields(best)) return;
    const text = (textAt(best, "transcript") ?? "").trim();
    if (text !== "") this.#start();
    this.#told = true;
    if (message["is_final"] === true) {
      if (text !== "") this.#pieces.push({ text, confidence: numberAt(best, "confidence") });
      this.#interim = "";
      this.#settle(message);
    } else {
      this.#interim = text;
    }
    if (text !== "") this.#floor.heard({ type: "partial", text: this.#text() });
    if (message["speech_final"] === true) this.#end(true);
    else if (message["from_finalize"] === true) this.#end(false);
  }

  #settle(message: Fields): void {
    const end = (numberAt(message, "start") ?? 0) + (numberAt(message, "duration") ?? 0);
    this.#floor.settle(this.#floor.positionAt(end * 1000));
  }

  #start(): void {
    this.#await();
    if (this.#speaking) return;
    this.#speaking = true;
    this.#told = false;
    this.#floor.heard({ type: "speechStarted" });
  }

  /** An end that the service never tells comes all the same. */
  #await(): void {
    this.#deadline();
    this.#deadline = this.#floor.after(this.#endsWithinMs, () => this.#giveUp());
  }

  /** Results come all the time, if without words; where none has come the words are lost. */
  #giveUp(): void {
    if (this.#told || this.#text() !== "") return this.#end(true);
    this.#speaking = false;
    this.#floor.heard({ type: "speechStopped" });
    this.#floor.heard({ type: "missed", message: "Deepgram says nothing of what it hears" });
  }

  /** `turnEnd`: the service says so, and not we by a commit. */
  #end(turnEnd: boolean): void {
    this.#deadline();
    const confidence = confidenceOf(this.#pieces.map((piece) => piece.confidence));
    // Of words that never became final the guess is better than nothing.
    const text = this.#text();
    this.#pieces = [];
    this.#interim = "";
    if (!this.#speaking) return;
    this.#speaking = false;
    this.#floor.heard({ type: "speechStopped" });
    this.#floor.heard({ type: "final", text, turnEnd, ...confidence });
  }

  #text(): string {
    return [...this.#pieces.map(({ text }) => text), this.#interim].filter((text) => text !== "").join(" ");
  }
}
