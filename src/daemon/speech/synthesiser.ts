// What the media path knows of a voice: text in, G.711 out while it is being made. Each service is one file behind this.

/** µ-law bytes at 8 kHz, 8 a millisecond, in pieces of any length. */
export type Ulaw = Uint8Array;

/**
 * A configured text-to-speech service, or the embedded voice. Nothing is connected before it is used.
 * Audio comes while it is being made; the reader's pace is the maker's (a slow reader slows the service down).
 */
export interface Synthesiser extends AsyncDisposable {
  /** As in the configuration: `openai`, `elevenlabs`, `embedded`, … */
  readonly id: string;
  /**
   * Speaks one piece of text, at most `maxTextLength` characters. Ends with the audio; stops at once when the signal aborts
   * (which closes what it holds at the service).
   * @throws CallError `SPEECH_FAILED` with what the service said; `hint` when a person can mend it. Never secrets, never the text.
   */
  speak(text: string, signal: AbortSignal): AsyncIterable<Ulaw>;
  readonly maxTextLength: number;
  /** Connects ahead of the first words, when that saves time; failures show when it speaks. */
  warmUp?(): void;
}
