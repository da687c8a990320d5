// What an observer can see of an emulated Plivo call, and what the emulator tells about it.
import type { EmulatedAudio, StreamView } from "../media/audio.ts";
import type { Heard } from "../twilio/line.ts";
import type { PlivoWebhookAttempt } from "./webhook-sender.ts";

export type FinalStatus = "completed" | "busy" | "failed" | "timeout" | "no-answer";
export type PlivoCallStatus = "queued" | "ringing" | "in-progress" | FinalStatus;

/** A live view of one call; it changes as the call goes on. */
export interface PlivoEmulatedCall {
  /** Told to the application in webhooks only. */
  readonly callUuid: string;
  /** What "create call" returned; null for inbound calls. */
  readonly requestUuid: string | null;
  readonly status: PlivoCallStatus;
  readonly direction: "inbound" | "outbound";
  /** Digits without `+`, as in webhooks. */
  readonly to: string;
  readonly from: string;
  /** Verdict of machine detection; null when there was none. */
  readonly machine: boolean | null;
  /** Why the call ended; null before. */
  readonly hangupCauseCode: number | null;
  readonly hangupSource: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** Line seconds from answer to end (so far); null before the answer. */
  readonly durationSeconds: number | null;
  /** Whether a GetInput is waiting for the other party. */
  readonly listening: boolean;
  readonly heard: readonly Heard[];
  /** What goes over media sockets: to hear, to speak, to record. */
  readonly audio: EmulatedAudio;
  /** Keys that were played to the other party, in order. */
  readonly digits: string;
  readonly documents: readonly PlivoDocument[];
  /** What Plivo's debug log would list. */
  readonly warnings: readonly string[];
  readonly webhooks: readonly PlivoWebhookAttempt[];
}

/** A document that was run. */
export interface PlivoDocument {
  readonly url: string;
  readonly xml: string;
}

/** Something that happened in the emulator. */
export type PlivoEvent =
  | { readonly type: "rest"; readonly method: string; readonly path: string; readonly status: number | null }
  | {
      readonly type: "status";
      readonly callUuid: string;
      readonly status: PlivoCallStatus;
      readonly to: string;
      readonly from: string;
    }
  | { readonly type: "heard"; readonly callUuid: string; readonly heard: Heard }
  | { readonly type: "listening"; readonly callUuid: string }
  | { readonly type: "stream"; readonly callUuid: string; readonly stream: StreamView }
  | { readonly type: "document"; readonly callUuid: string; readonly document: PlivoDocument }
  | { readonly type: "warning"; readonly callUuid: string; readonly warning: string }
  | { readonly type: "webhook"; readonly callUuid: string; readonly attempt: PlivoWebhookAttempt };
