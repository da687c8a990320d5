// The speaking side of an emulated service, as a test sees it.
import type { SpokenPiece, VoiceTiming } from "./spoken-piece.ts";
import type { VoiceFault } from "./voice-faults.ts";

/** What a server of one's own may answer in place of raw PCM at 24 kHz. */
export interface SpokenAudio {
  readonly container: "pcm" | "wav";
  readonly rateHz: number;
  readonly contentType?: string;
}

export interface SpeakingOptions extends VoiceTiming {
  /** Of OpenAI's speech endpoint. */
  readonly audio?: SpokenAudio;
}

/** What a test can do with a voice. */
export interface Speaking {
  /** All that it was asked to say, oldest first. */
  readonly pieces: readonly SpokenPiece[];
  /** How often a client only opened a connection. */
  readonly warmUps: number;
  /** Sets the faults in force; `[]` takes them all away. */
  faults(faults: readonly VoiceFault[]): void;
  /** Settles once the condition holds, which is looked at when a piece begins and ends. Rejects after `timeoutMs`. */
  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void>;
}
