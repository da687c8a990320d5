// How a carrier words its media socket: what it sends, and how it reads what the program sends.

/** One message of the program under test. */
export type AppMessage =
  | { readonly says: "audio"; readonly ulaw: Uint8Array }
  | { readonly says: "mark"; readonly name: string }
  | { readonly says: "clear" }
  | { readonly says: "digits"; readonly digits: string }
  /** Against the carrier's rules: what its debugger would list, what it answers, whether it hangs up. */
  | { readonly says: "nonsense"; readonly warning: string; readonly reply?: string; readonly closes?: boolean };

/** 20 ms of the callee. */
export interface MediaFrame {
  readonly ulaw: Uint8Array;
  /** Counts from 1. */
  readonly chunk: number;
  readonly timestampMs: number;
}

/** One stream's words; it counts its own messages. */
export interface Dialect {
  readonly streamId: string;
  /** Said before `start`. */
  hello(): readonly string[];
  start(): string;
  media(frame: MediaFrame): string;
  digit(key: string, timestampMs: number): string;
  played(mark: string): string;
  /** Confirms a clear; null where nothing does. */
  cleared(): string | null;
  /** Said before the socket is closed; null where nothing is. */
  stop(): string | null;
  /** Any text is read; nothing is thrown. */
  read(message: string): AppMessage;
  /** Marks that wait are given back at a clear. */
  readonly returnsMarks: boolean;
  /** A message of more bytes ends the stream. */
  readonly maxMessageBytes: number;
  /** More than this is thrown away. */
  readonly maxBufferedMs: number;
}
