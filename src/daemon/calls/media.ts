// Live audio, as the calls know it: a voice for each call that is on a media stream.
import type { ExpectedStream, MediaSocket } from "../carriers/media.ts";

export interface CallMedia {
  /** A wss URL for one media socket of the call. Throws `CONFIG_INVALID` when there is no public place for it. */
  streamUrl(callId: string): string;
  /** A socket from inside this process, which is this call's. */
  take(callId: string, socket: MediaSocket, expected: ExpectedStream): void;
  /** The caller's audio is coming in just now, which proves that the leg is up. */
  isHeard(callId: string): boolean;
  /**
   * Speaks on the call's stream. Settles when its first audio is on the way to the carrier; what becomes of it comes as a fact.
   * @throws CallError `SPEECH_FAILED` when no voice can say it, `ABORTED` when the stream is lost first, which is told as a fact.
   */
  speak(callId: string, order: { utteranceId: string; text: string }, signal: AbortSignal): Promise<void>;
}
