// What goes into a call's ear besides words, and what comes out of it. Times are monotonic milliseconds.

/** What we are doing while the caller is heard. */
export interface OurVoice {
  /** The caller hears us now. */
  audible: boolean;
  /** What we say must not be interrupted: the beginning of a greeting, a farewell. */
  protected: boolean;
  /** Since the caller last heard us; 0 while they do. */
  quietForMs: number;
}

export type EarAction =
  /** Fall silent, and keep what was not heard. */
  | { type: "pause"; onsetAt: number }
  | { type: "resume" }
  /** They mean it: our words are over. `silentAt`: when we had fallen silent for it. */
  | { type: "interrupt"; onsetAt: number; silentAt: number }
  /** Have what was said made into words. */
  | { type: "commit" }
  | { type: "turn"; text: string; confidence?: number; speechEndedAt: number; endDecidedAt: number }
  /** The caller spoke, and no words have come yet; `lost`: they will not. */
  | { type: "unheard"; lost: boolean }
  /** Nothing is understood although somebody speaks. */
  | { type: "deaf" };

/** One step of the caller's audio, which ended at `at`. `voice`: a probability from 0 to 1. */
export interface Frame {
  at: number;
  voice: number;
}
