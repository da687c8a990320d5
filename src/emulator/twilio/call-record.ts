// The state of one emulated call: a record that observers may look at while the call goes on.
import type { Clock } from "../clock.ts";
import { CallAudio } from "../media/call-audio.ts";
import {
  isTerminal,
  type CallStatus,
  type EmulatedCall,
  type EmulatorEvent,
  type ExecutedDocument,
  type FinalStatus,
} from "./emulated-call.ts";
import { Line, type Heard } from "./line.ts";
import type { FormFields } from "./signature.ts";
import type { WebhookAttempt } from "./webhook-sender.ts";

export interface CallIdentity {
  readonly sid: string;
  readonly direction: "inbound" | "outbound-api";
  readonly to: string;
  readonly from: string;
}

interface RecordPorts {
  readonly emit: (event: EmulatorEvent) => void;
  /** Something changed that is no event. */
  readonly poke: () => void;
}

export class CallRecord implements EmulatedCall {
  readonly sid: string;
  readonly direction: "inbound" | "outbound-api";
  readonly to: string;
  readonly from: string;
  readonly createdAt: number;
  readonly line: Line;
  readonly audio: CallAudio;
  readonly documents: ExecutedDocument[] = [];
  readonly warnings: string[] = [];
  readonly webhooks: WebhookAttempt[] = [];
  answeredBy: string | null = null;
  status: CallStatus = "queued";
  startedAt: number | null = null;
  answeredAt: number | null = null;
  endedAt: number | null = null;
  readonly #clock: Clock;
  readonly #emit: (event: EmulatorEvent) => void;

  constructor(identity: CallIdentity, clock: Clock, { emit, poke }: RecordPorts) {
    this.sid = identity.sid;
    this.direction = identity.direction;
    this.to = identity.to;
    this.from = identity.from;
    this.createdAt = clock.now();
    this.#clock = clock;
    this.#emit = emit;
    this.line = new Line(clock, (heard) => {
      emit({ type: "heard", sid: this.sid, heard });
    });
    this.audio = new CallAudio(clock, (stream, what) => {
      if (what === "state") {
        emit({ type: "stream", sid: this.sid, stream });
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

  get durationSeconds(): number | null {
    if (this.answeredAt === null) {
      return null;
    }
    const sinceEnd = this.endedAt === null ? 0 : this.#clock.since(this.endedAt);
    return Math.round((this.#clock.since(this.answeredAt) - sinceEnd) / 1000);
  }

  get isOver(): boolean {
    return isTerminal(this.status);
  }

  /** The carrier starts to dial, or the caller's call has come in. */
  start(): void {
    this.startedAt = this.#clock.now();
  }

  become(status: "ringing" | "in-progress" | FinalStatus): void {
    if (status === "in-progress") {
      this.answeredAt = this.#clock.now();
    } else if (isTerminal(status)) {
      this.endedAt = this.#clock.now();
    }
    this.status = status;
    this.#emit({ type: "status", sid: this.sid, status, to: this.to, from: this.from });
  }

  warn(warning: string): void {
    this.warnings.push(warning);
    this.#emit({ type: "warning", sid: this.sid, warning });
  }

  ran(document: ExecutedDocument): void {
    this.documents.push(document);
    this.#emit({ type: "document", sid: this.sid, document });
  }

  /** The fields that every request about this call carries. */
  fields(accountSid: string): FormFields {
    return [
      ["CallSid", this.sid],
      ["AccountSid", accountSid],
      ["From", this.from],
      ["To", this.to],
      ["Caller", this.from],
      ["Called", this.to],
      ["CallStatus", this.status],
      ["Direction", this.direction],
      ["ApiVersion", "2010-04-01"],
      ...(this.answeredBy === null ? [] : ([["AnsweredBy", this.answeredBy]] as const)),
    ];
  }
}
