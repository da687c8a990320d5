// What a test can do with the hearing side of an emulated speech service.
import type { HearingFaults } from "./faults.ts";

/** A connection as tests see it. */
export interface HearingSession {
  /** Path and query of the request. */
  readonly url: URL;
  readonly open: boolean;
  /** How the client or the emulator closed it; undefined while it is open. */
  readonly closeCode: number | undefined;
  /** Milliseconds of audio that came in. */
  readonly audioMs: number;
  /** The audio itself, when the emulator keeps it. */
  readonly audio: Uint8Array;
  /** Messages that brought audio. */
  readonly audioMessages: number;
  /** What else came in, parsed, in order. */
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  /** What the client did that the service would not have taken. */
  readonly complaints: readonly string[];
  /** Goes through a whole turn with this text, without any audio. */
  hear(text: string): void;
  /** Sends it as it is. */
  send(message: string | Uint8Array): void;
  /** 1006 breaks the connection off. */
  close(code: number): void;
}

export interface HearingOptions {
  /** Mean absolute amplitude (of 32768) from which 20 ms count as speech. Default 400. */
  readonly loudness?: number;
  /** Real milliseconds from the end of a turn to its final. Default 20. */
  readonly finalAfterMs?: number;
  /** What is understood when nothing was scripted. Default `something was said`. */
  readonly understand?: (turn: { readonly session: number; readonly turn: number }) => string;
  /** Keeps all audio that comes in, for tests that look at it. Default false. */
  readonly keepAudio?: boolean;
}

/** What a test can do with a recogniser. */
export interface Hearing {
  /** All connections ever made, oldest first. */
  readonly sessions: readonly HearingSession[];
  /** How often somebody tried to connect, refused tries included. */
  readonly attempts: number;
  /** What the clients did that the service would not have taken, over all connections. */
  readonly complaints: readonly string[];
  /** Scripts what is understood in the next turns, whosoever speaks them. */
  say(...texts: string[]): void;
  /** Sets the faults in force; `{}` takes them all away. */
  faults(faults: HearingFaults): void;
  /** Settles once the condition holds, which is looked at whenever a session changes. Rejects after `timeoutMs`. */
  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void>;
}
