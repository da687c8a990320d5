// What the shared connection knows of a speech-to-text service: where it is, its habits, and its words.
import type { HeardEvent, TranscriberCapabilities, UlawFrame } from "../transcriber.ts";

export interface Service {
  readonly id: string;
  /** As in messages: `OpenAI`. */
  readonly name: string;
  readonly capabilities: TranscriberCapabilities;
  /** The configuration key that a refusal of it names. */
  readonly secretKey: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of µ-law in a frame, by the form that goes out anyway. */
  lengthOf(frame: UlawFrame): number;
  /** When nothing was sent for so long. */
  readonly keepAlive?: { afterMs: number; message: string };
  /** Wants audio all the time: when the carrier sends none, silence takes its place. Else only while somebody speaks. */
  readonly alwaysAudio: boolean;
  /** A session is made anew once it is so old: in the first silence, or whatever happens. */
  readonly renewal?: { inSilenceAfterMs: number; afterMs: number };
  /** How long it may say nothing at all after it said that somebody speaks. */
  readonly quietAfterSpeechMs: number;
  createDialect(floor: Floor): Dialect;
}

/** One session's words. One dialect for each call; it lives on over reconnects. */
export interface Dialect {
  /** A socket has opened. Returns what has to be said first. */
  opened(): string | undefined;
  audio(frames: readonly UlawFrame[]): string | Uint8Array;
  /** Undefined when the service must not be told. */
  commit(): string | undefined;
  /** One message, parsed; what it cannot read it leaves. */
  receive(message: Fields): void;
  /** Somebody speaks, or a final is still to come. */
  readonly busy: boolean;
  /** The socket is gone. What was not settled is sent again to the next one, and until that opens nothing is due. */
  closed(): void;
  /** No socket will follow: tells what it still holds. */
  finish(): void;
  /** Leaves no timer. */
  dispose(): void;
  /** Said before the socket is closed. */
  readonly farewell?: string;
}

/** What a dialect can do. */
export interface Floor {
  /** The session takes audio. */
  ready(): void;
  heard(event: HeardEvent): void;
  /** Runs once after `ms`, unless the returned function is called before. */
  after(ms: number, task: () => void): () => void;
  /** Bytes of audio since the call's ear was opened that the socket has got. */
  position(): number;
  /** The position of so many milliseconds of this socket's audio. */
  positionAt(sessionMs: number): number;
  /** Audio up to there is made into words and never needed again. */
  settle(position: number): void;
  /** The session cannot go on: another one must. */
  renew(why: string): void;
  giveUp(why: string, hint?: string): void;
  /** Worth a line in the log, nothing more. `code`: the service's word, never a text of a person's. */
  note(code: string): void;
}

export type Fields = Readonly<Record<string, unknown>>;
