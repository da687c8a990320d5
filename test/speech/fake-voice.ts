// A voice in memory, with any manners; and a caller who hears what is handed on and notices every silence.
import { CallError } from "../../src/call/error.ts";
import type { Clock, Log } from "../../src/daemon/deps.ts";
import type { Synthesiser, Ulaw } from "../../src/daemon/speech/synthesiser.ts";
import { toneSpeech } from "../../src/emulator/speech/tone-speech.ts";
import { encodeUlaw } from "../../src/emulator/speech/ulaw.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";

export type Manners =
  | "speaks"
  | "slow"
  | "never-answers"
  | "deaf-to-abort"
  | "fails"
  | "must-be-mended"
  | "throws-foreign"
  | "throws-at-once"
  | "says-nothing"
  | "only-empty-pieces"
  | "fails-in-the-middle"
  | "stalls-in-the-middle"
  | "drips";

export const badManners: Manners[] = [
  "never-answers",
  "deaf-to-abort",
  "fails",
  "must-be-mended",
  "throws-foreign",
  "throws-at-once",
  "says-nothing",
  "only-empty-pieces",
  "fails-in-the-middle",
  "stalls-in-the-middle",
  "drips",
];

const pieceBytes = 800;
const middleMs = 1000;

export class FakeVoice implements Synthesiser {
  readonly maxTextLength = 4096;
  readonly id: string;
  manners: Manners;
  /** What it was asked to say. */
  readonly asked: string[] = [];
  /** Of its own audio that was taken. */
  takenMs = 0;
  /** How many are speaking now. */
  speaking = 0;
  warmUps = 0;
  disposed = false;
  readonly #clock: Clock;

  constructor(id: string, manners: Manners, clock: Clock) {
    this.id = id;
    this.manners = manners;
    this.#clock = clock;
  }

  warmUp(): void {
    this.warmUps++;
  }

  speak(text: string, signal: AbortSignal): AsyncIterable<Ulaw> {
    this.asked.push(text);
    if (this.manners === "throws-at-once") throw new TypeError(`at once: ${text}`);
    return this.#speak(text, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
  }

  async *#speak(text: string, signal: AbortSignal): AsyncGenerator<Ulaw, void> {
    this.speaking++;
    try {
      const { manners } = this;
      await this.#before(manners, text, signal);
      if (manners === "says-nothing") return;
      while (this.manners === "only-empty-pieces" && !signal.aborted) {
        await this.#pass(50, signal);
        yield new Uint8Array(0);
      }
      const audio = encodeUlaw(toneSpeech(text, 8000));
      for (let at = 0; at < audio.length && !signal.aborted; at += pieceBytes) {
        if (manners === "fails-in-the-middle" && at >= middleMs * 8) throw new CallError("SPEECH_FAILED", "it broke");
        if (manners === "stalls-in-the-middle" && at >= middleMs * 8) await this.#pass(1e9, signal);
        if (manners === "drips") await this.#pass(700, signal);
        const piece = audio.subarray(at, at + pieceBytes);
        yield piece;
        this.takenMs += piece.length / 8;
      }
    } finally {
      this.speaking--;
    }
  }

  async #before(manners: Manners, text: string, signal: AbortSignal): Promise<void> {
    if (manners === "slow") await this.#pass(1500, signal);
    if (manners === "never-answers") await this.#pass(1e9, signal);
    if (manners === "deaf-to-abort") await new Promise(() => undefined);
    if (manners === "fails") throw new CallError("SPEECH_FAILED", "it is ill");
    if (manners === "must-be-mended") throw new CallError("SPEECH_FAILED", "no key", { hint: "give it a key" });
    if (manners === "throws-foreign") throw new TypeError(`cannot say ${text}`);
  }

  #pass(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }
}

export interface Hearing {
  audio: Ulaw;
  /** The longest time without a sound, before the first one included. */
  longestSilenceMs: number;
  failure: unknown;
}

const leadMs = 2000;

/** Takes audio as playback does: up to 2 s ahead of what the caller hears. */
export async function hear(audio: AsyncIterable<Ulaw>, clock: ManualClock): Promise<Hearing> {
  const pieces: Ulaw[] = [];
  const hearing: Hearing = { audio: new Uint8Array(0), longestSilenceMs: 0, failure: undefined };
  let end = clock.now();
  const taken = new AbortController();
  const silence = (): void => {
    hearing.longestSilenceMs = Math.max(hearing.longestSilenceMs, clock.now() - end);
  };
  const taking = (async () => {
    for await (const piece of audio) {
      silence();
      pieces.push(piece);
      end = Math.max(end, clock.now()) + piece.length / 8;
      const aheadMs = end - clock.now() - leadMs;
      if (aheadMs > 0) await new Promise<void>((resolve) => void clock.after(aheadMs, resolve));
    }
  })()
    .catch((error: unknown) => {
      silence();
      hearing.failure = error;
    })
    .finally(() => taken.abort());
  while (!taken.signal.aborted) await clock.advance(20);
  await taking;
  return { ...hearing, audio: Buffer.concat(pieces) };
}

/** Log lines as one text each, to be searched for what must not be in them. */
export function fakeDeps(): { clock: ManualClock; log: Log; lines: string[] } {
  const lines: string[] = [];
  const write = (fields: Record<string, unknown>, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { clock: createManualClock(), log: { info: write, warn: write, error: write }, lines };
}
