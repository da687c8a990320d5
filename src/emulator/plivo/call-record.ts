// The state of one emulated Plivo call: a record that observers may look at while the call goes on.
import type { Clock } from "../clock.ts";
import { CallAudio } from "../media/call-audio.ts";
import { Line, type Heard } from "../twilio/line.ts";
import type { FinalStatus, PlivoCallStatus, PlivoDocument, PlivoEmulatedCall, PlivoEvent } from "./emulated-call.ts";
import type { HangupCause } from "./hangup-cause.ts";
import type { FormFields } from "./signature.ts";
import type { PlivoWebhookAttempt } from "./webhook-sender.ts";

export interface CallIdentity {
  readonly callUuid: string;
  readonly requestUuid: string | null;
  readonly direction: "inbound" | "outbound";
  readonly to: string;
  readonly from: string;
  readonly callerName: string;
}

interface RecordPorts {
  readonly emit: (event: PlivoEvent) => void;
  /** Something changed that is no event. */
  readonly poke: () => void;
}

export class CallRecord implements PlivoEmulatedCall {
  readonly callUuid: string;
  readonly requestUuid: string | null;
  readonly direction: "inbound" | "outbound";
  readonly to: string;
  readonly from: string;
  readonly callerName: string;
  readonly createdAt: number;
  readonly line: Line;
  readonly audio: CallAudio;
  readonly documents: PlivoDocument[] = [];
  readonly warnings: string[] = [];
  readonly webhooks: PlivoWebhookAttempt[] = [];
  machine: boolean | null = null;
  status: PlivoCallStatus = "queued";
  answeredAt: number | null = null;
  endedAt: number | null = null;
  hangupCause: HangupCause | null = null;
  readonly #clock: Clock;
  readonly #emit: (event: PlivoEvent) => void;

  constructor(identity: CallIdentity, clock: Clock, { emit, poke }: RecordPorts) {
    this.callUuid = identity.callUuid;
    this.requestUuid = identity.requestUuid;
    this.direction = identity.direction;
    this.to = bare(identity.to);
    this.from = bare(identity.from);
    this.callerName = identity.callerName;
    this.createdAt = clock.now();
    this.#clock = clock;
    this.#emit = emit;
    this.line = new Line(clock, (heard) => {
      emit({ type: "heard", callUuid: this.callUuid, heard });
    });
    this.audio = new CallAudio(clock, (stream, what) => {
      if (what === "state") {
        emit({ type: "stream", callUuid: this.callUuid, stream });
      } else {
        poke();
      }
    });
  }

  get listening(): boolean {
    return this.line.listening;
  }

  get heard(): readonly Heard[] {
    return this.line.heard;
  }

  get digits(): string {
    const keys = this.line.heard.filter((heard) => heard.kind === "digits");
    return keys.map((heard) => heard.heard).join("");
  }

  get hangupCauseCode(): number | null {
    return this.hangupCause?.code ?? null;
  }

  get hangupSource(): string | null {
    return this.hangupCause?.source ?? null;
  }

  get durationSeconds(): number | null {
    if (this.answeredAt === null) {
      return null;
    }
    const sinceEnd = this.endedAt === null ? 0 : this.#clock.since(this.endedAt);
    return Math.round((this.#clock.since(this.answeredAt) - sinceEnd) / 1000);
  }

  get isOver(): boolean {
    return this.endedAt !== null;
  }

  /** Whether the carrier lists it as live: from the first ring to the end. */
  get isLive(): boolean {
    return this.status === "ringing" || this.status === "in-progress";
  }

  ring(): void {
    this.#become("ringing");
  }

  answer(): void {
    this.answeredAt = this.#clock.now();
    this.#become("in-progress");
  }

  end(cause: HangupCause): void {
    this.endedAt = this.#clock.now();
    this.hangupCause = cause;
    this.#become(this.answeredAt === null ? cause.unanswered : "completed");
  }

  warn(warning: string): void {
    this.warnings.push(warning);
    this.#emit({ type: "warning", callUuid: this.callUuid, warning });
  }

  ran(document: PlivoDocument): void {
    this.documents.push(document);
    this.#emit({ type: "document", callUuid: this.callUuid, document });
  }

  /** The fields that every request about this call carries. */
  fields(event: string, authId: string): FormFields {
    const { requestUuid, callUuid } = this;
    const ofRequest: FormFields =
      requestUuid === null
        ? []
        : [
            ["RequestUUID", requestUuid],
            ["ALegUUID", callUuid],
            ["ALegRequestUUID", requestUuid],
          ];
    return [
      ["CallUUID", callUuid],
      ["From", this.from],
      ["To", this.to],
      ["CallStatus", this.status],
      ["Direction", this.direction],
      ["Event", event],
      ["BillRate", "0.0085"],
      ["ParentAuthID", authId],
      ["SessionStart", sessionTime(this.createdAt)],
      ["CallerName", this.callerName],
      ...ofRequest,
      ...(this.machine === true ? ([["Machine", "true"]] as const) : []),
    ];
  }

  /** What the hang-up callback carries beyond the usual fields. */
  hangupFields(cause: HangupCause): FormFields {
    const seconds = this.durationSeconds ?? 0;
    return [
      ["HangupCause", cause.cause],
      ["HangupCauseName", cause.name],
      ["HangupCauseCode", String(cause.code)],
      ["HangupSource", cause.source],
      ["Duration", String(seconds)],
      ["BillDuration", String(Math.ceil(seconds / 60) * 60)],
      ["TotalCost", "0.00000"],
      ["StartTime", consoleTime(this.createdAt)],
      ["AnswerTime", this.answeredAt === null ? "" : consoleTime(this.answeredAt)],
      ["EndTime", consoleTime(this.endedAt ?? this.#clock.now())],
    ];
  }

  #become(status: "ringing" | "in-progress" | FinalStatus): void {
    this.status = status;
    this.#emit({ type: "status", callUuid: this.callUuid, status, to: this.to, from: this.from });
  }
}

/** A number as Plivo writes it: without `+`. */
export function bare(number: string): string {
  return number.replace(/^\+/, "");
}

/** A moment as `SessionStart` has it: `2026-01-06 10:00:00.000000`. */
function sessionTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("T", " ").replace("Z", "000");
}

/** A moment as the console shows it: `2026-01-06 10:00:00`, no zone. */
function consoleTime(epochMs: number): string {
  return sessionTime(epochMs).slice(0, "2026-01-06 10:00:00".length);
}
