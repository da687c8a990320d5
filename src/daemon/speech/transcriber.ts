// What the media path knows of a recogniser: G.711 in, words out, behind one port with capabilities as data.

export interface TranscriberCapabilities {
  /**
   * How it finds the end of a turn. `semantic`: by meaning, and its word counts (Flux). `silence`: by pauses of its own.
   * `none`: it must be told (`commit`), by our own voice detector.
   */
  endOfTurn: "semantic" | "silence" | "none";
  /** Says when speech begins. */
  speechStart: boolean;
  /** Milliseconds of audio that it wants in one message; 20 passes each frame on as it comes. */
  chunkMs: number;
  /** Milliseconds from the end of speech by which nearly every final result is there (p99). */
  finalWithinMs: number;
}

/** What a recogniser says, in our words, in the order of the turns. */
export type HeardEvent =
  /** It takes audio; also after a reconnect. */
  | { type: "ready" }
  | { type: "speechStarted" }
  /** Only of one whose end of turn is `silence` or `semantic`. */
  | { type: "speechStopped" }
  /** All that was understood of the present turn so far; replaces the partial before. */
  | { type: "partial"; text: string }
  /** The turn may be over; a `resumed` may still take it back. */
  | { type: "eagerEnd"; text: string }
  | { type: "resumed" }
  /**
   * A finished piece; each `speechStarted` and each commit comes to one, or to a `missed`. Without words it is no turn: `text` is empty.
   * `turnEnd`: the service says that the turn is over; else our own silence rule decides.
   */
  | { type: "final"; text: string; turnEnd: boolean; confidence?: number }
  /** This piece is lost; the session lives. */
  | { type: "missed"; message: string }
  /** The connection is being made anew; audio is kept meanwhile, within bounds. */
  | { type: "interrupted"; message: string }
  /** It has given up: nothing more will come. */
  | { type: "lost"; message: string; hint?: string };

export interface TranscriptionOptions {
  /** BCP-47, e.g. `en-US`; adapters cut it to what their service takes. */
  language: string;
  heard(event: HeardEvent): void;
}

/** One call's ear. Never throws; what goes wrong is an event. */
export interface Transcription extends AsyncDisposable {
  /** A frame of the caller's audio: 20 ms of µ-law at 8 kHz (160 bytes), as bytes or as the carrier's own base64. */
  push(frame: UlawFrame): void;
  /** The turn is over for us: have what was said made into words now. One with too little audio comes to an empty `final`. */
  commit(): void;
}

/** One form is made of the other when first asked for, so that a frame that is only forwarded is never decoded. */
export interface UlawFrame {
  readonly base64: string;
  readonly bytes: Uint8Array;
}

/** A configured speech-to-text service; connects when a call's ear is opened, and reconnects by itself. */
export interface Transcriber {
  /** As in the configuration: `openai`, `deepgram`, `elevenlabs`. */
  readonly id: string;
  readonly capabilities: TranscriberCapabilities;
  open(options: TranscriptionOptions): Transcription;
}
