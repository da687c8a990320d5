// What an observer can see of an emulated call, and what an emulator tells about it.
import type { EmulatedAudio, StreamView } from "../media/audio.ts";
import type { Heard } from "./line.ts";
import type { WebhookAttempt } from "./webhook-sender.ts";

export type FinalStatus = "completed" | "busy" | "failed" | "no-answer" | "canceled";
export type CallStatus = "queued" | "ringing" | "in-progress" | FinalStatus;

/** A live view of one call; it changes as the call goes on. */
export interface EmulatedCall {
  readonly sid: string;
  readonly status: CallStatus;
  readonly direction: "inbound" | "outbound-api";
  readonly to: string;
  readonly from: string;
  readonly answeredBy: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** Line seconds from answer to end (so far); null before the answer. */
  readonly durationSeconds: number | null;
  /** Whether a Gather is waiting for the callee. */
  readonly listening: boolean;
  readonly heard: readonly Heard[];
  /** What goes over media sockets: to hear, to speak, to record. */
  readonly audio: EmulatedAudio;
  /** Keys that were played to the callee, in order. */
  readonly digits: string;
  readonly documents: readonly ExecutedDocument[];
  /** What Twilio's debugger would list, each with its code first. */
  readonly warnings: readonly string[];
  readonly webhooks: readonly WebhookAttempt[];
}

export interface ExecutedDocument {
  /** Where it was fetched; null when it was pushed through REST. */
  readonly url: string | null;
  readonly xml: string;
}

/** Something that happened in an emulator. */
export type EmulatorEvent =
  | {
      readonly type: "rest";
      readonly method: string;
      readonly path: string;
      readonly status: number | null;
    }
  | {
      readonly type: "status";
      readonly sid: string;
      readonly status: CallStatus;
      readonly to: string;
      readonly from: string;
    }
  | { readonly type: "heard"; readonly sid: string; readonly heard: Heard }
  | { readonly type: "listening"; readonly sid: string }
  | { readonly type: "stream"; readonly sid: string; readonly stream: StreamView }
  | { readonly type: "document"; readonly sid: string; readonly document: ExecutedDocument }
  | { readonly type: "warning"; readonly sid: string; readonly warning: string }
  | { readonly type: "webhook"; readonly sid: string; readonly attempt: WebhookAttempt };

const FINAL: ReadonlySet<CallStatus> = new Set(["completed", "busy", "failed", "no-answer", "canceled"]);

/** Whether a status is final. */
export function isTerminal(status: CallStatus): status is FinalStatus {
  return FINAL.has(status);
}
