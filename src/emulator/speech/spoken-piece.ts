// What an emulated voice remembers of each piece of speech that it was asked for.

export interface SpokenPiece {
  readonly text: string;
  readonly voice: string;
  readonly model: string;
  /** `aborted`: the client went away, or cancelled, before the end. */
  state: "speaking" | "finished" | "refused" | "aborted";
  /** Of audio that was sent. */
  sentMs: number;
}

export interface VoiceTiming {
  /** Real milliseconds before the first audio. Default 0. */
  readonly firstByteMs?: number;
  /** Milliseconds of audio made in one of real time. Default: all at once. */
  readonly pace?: number;
}
