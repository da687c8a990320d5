// What an observer can see of an emulated call, and what the Telnyx emulator tells about it.
import type { EmulatedAudio, StreamView } from "../media/audio.ts";
import type { WebhookAttempt } from "./webhook-sender.ts";

export type CallState = "ringing" | "parked" | "answered" | "ended";
export type Track = "inbound" | "outbound";
export type HangupSource = "caller" | "callee" | "unknown";

/** A live view of one call; it changes as the call goes on. */
export interface EmulatedCall {
  readonly callControlId: string;
  readonly callLegId: string;
  readonly callSessionId: string;
  readonly direction: "incoming" | "outgoing";
  readonly to: string;
  readonly from: string;
  readonly state: CallState;
  /** Base64, as last set by a command; null before. */
  readonly clientState: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** Line seconds from answer to end (so far); null before the answer. */
  readonly durationSeconds: number | null;
  readonly hangupCause: string | null;
  readonly hangupSource: HangupSource | null;
  /** Whether something is being spoken or played to the other party. */
  readonly speaking: boolean;
  /** Whether the other party's words are being transcribed. */
  readonly listening: boolean;
  /** What was spoken and played to the other party. */
  readonly heard: readonly Heard[];
  /** What goes over media sockets: to hear, to speak, to record. */
  readonly audio: EmulatedAudio;
  /** What the other party said and pressed. */
  readonly said: readonly Said[];
  /** Keys that were sent to the other party, in order. */
  readonly digits: string;
  /** Actions asked for, in order, those refused and those ignored as repeated included. */
  readonly commands: readonly Command[];
  readonly warnings: readonly string[];
  readonly webhooks: readonly WebhookAttempt[];
}

export interface Heard {
  readonly kind: "speak" | "play" | "digits";
  /** What was to be played: text, audio URL or digits. */
  readonly text: string;
  /** The part that was really heard; shorter than `text` when it was cut off. */
  readonly heard: string;
  readonly complete: boolean;
}

export interface Said {
  readonly kind: "speech" | "digits";
  readonly text: string;
  /** Whether it became a webhook: speech does only while transcription of its track runs. */
  readonly noticed: boolean;
}

export interface Command {
  /** The name in the path, for example `speak`. */
  readonly action: string;
  /** `done`, `duplicate` when the command id was known, or the code of the refusal. */
  readonly outcome: string;
}

/** Something that happened in the emulator. */
export type EmulatorEvent =
  | { readonly type: "rest"; readonly method: string; readonly path: string; readonly status: number | null }
  | {
      readonly type: "state";
      readonly callControlId: string;
      readonly state: CallState;
      readonly hangupCause: string | null;
      readonly to: string;
      readonly from: string;
    }
  | { readonly type: "heard"; readonly callControlId: string; readonly heard: Heard }
  | { readonly type: "said"; readonly callControlId: string; readonly said: Said }
  | { readonly type: "listening"; readonly callControlId: string }
  | { readonly type: "stream"; readonly callControlId: string; readonly stream: StreamView }
  | { readonly type: "command"; readonly callControlId: string; readonly command: Command }
  | { readonly type: "warning"; readonly callControlId: string; readonly warning: string }
  | { readonly type: "webhook"; readonly callControlId: string; readonly attempt: WebhookAttempt };
