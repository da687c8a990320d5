// What an observer can hear and say on a call whose audio goes over a media socket of the program under test.

/** 8 kHz, one byte a sample. */
export const BYTES_PER_MS = 8;
/** G.711 µ-law for no sound. */
export const SILENCE = 0xff;

/** A stretch of sound without a gap. */
export interface Sound {
  /** When it began, in milliseconds since the call's `audio.startedAt`. */
  readonly atMs: number;
  /** G.711 µ-law, 8 kHz. */
  readonly ulaw: Uint8Array;
}

/** One media socket that was dialled. */
export interface StreamView {
  readonly streamId: string;
  /** As dialled. */
  readonly url: string;
  readonly state: "connecting" | "open" | "started" | "over";
  /** HTTP status that the upgrade was refused with. */
  readonly refusedWith: number | null;
  /** The code with which the socket was closed, by whichever side. */
  readonly closeCode: number | null;
  /** What came from the program: audio, marks, clears and nonsense. */
  readonly received: Readonly<Record<"audio" | "mark" | "clear" | "digits" | "nonsense", number>>;
  /** Marks that were given back, in order. */
  readonly marks: readonly string[];
  /** A second socket for a URL that was already used. */
  readonly foreign: boolean;
}

/** The live audio of one call, in real time whatever the scale of the line. */
export interface EmulatedAudio {
  /** The instant that every `atMs` counts from, by `performance.now()`. */
  readonly startedAt: number;
  /** Whether a media socket has said `start` and is not over. */
  readonly streaming: boolean;
  /** Whether the callee is still saying something. */
  readonly speaking: boolean;
  /** Every socket that was dialled, oldest first. */
  readonly streams: readonly StreamView[];
  /** Milliseconds of sound that the carrier holds and has not played. */
  readonly bufferedMs: number;
  /** What the callee's ear has got so far: played sound only, cut where it was cleared. */
  hear(): readonly Sound[];
  /** Says µ-law, after what is still being said. True once it was said; false when no stream was up, or it ended before. */
  speak(ulaw: Uint8Array): Promise<boolean>;
  /** What the callee has said over media sockets so far. */
  said(): readonly Sound[];
  /** Both sides as a WAV file: the callee on the left, what it heard on the right. */
  recording(): Buffer;
}
