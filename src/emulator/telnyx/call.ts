// The course of one emulated call, from its first ring to its end.
import type { Clock } from "../clock.ts";
import { CallRecord, type CallIdentity, type Transcription } from "./call-record.ts";
import type { CalleeScript } from "./callee.ts";
import { Conversation } from "./conversation.ts";
import { detect, type Detection } from "./detection.ts";
import type { EmulatorEvent, HangupSource } from "./emulated-call.ts";
import { Streaming, type StreamingOptions } from "./streaming.ts";
import type { WebhookSender } from "./webhook-sender.ts";

export interface CallPlan extends CallIdentity {
  readonly webhookUrl: string | null;
  readonly failoverUrl: string | null;
  readonly clientState: string | null;
  readonly ringSeconds: number;
  readonly limitSeconds: number;
  readonly detection: Detection;
  /** Transcription from the answer on. */
  readonly transcription: Transcription | null;
  readonly callee: CalleeScript;
}

export interface CallPorts {
  readonly clock: Clock;
  readonly sender: WebhookSender;
  readonly emit: (event: EmulatorEvent) => void;
  /** Something changed that is no event. */
  readonly poke: () => void;
  readonly streaming: StreamingOptions;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
}

const DEFAULT_RING_MS = 1000;
const DEFAULT_PATIENCE_MS = 60_000;
const USUAL_CAUSES = {
  busy: "user_busy",
  "no-answer": "timeout",
  reject: "call_rejected",
  fail: "not_found",
} as const;
const SIP_CODES: ReadonlyMap<string, string> = new Map([
  ["normal_clearing", "200"],
  ["time_limit", "200"],
  ["user_busy", "486"],
  ["call_rejected", "603"],
  ["not_found", "404"],
  ["unspecified", "500"],
]);
const CANCELLED_SIP_CODE = "487";

export class TelnyxCall {
  readonly record: CallRecord;
  readonly conversation: Conversation;
  readonly streaming: Streaming;
  readonly #plan: CallPlan;
  readonly #ports: CallPorts;
  readonly #ended = new AbortController();
  readonly #lifetime: AbortSignal;
  #webhookUrl: string | null;

  constructor(plan: CallPlan, ports: CallPorts) {
    this.record = new CallRecord(plan, ports.clock, ports);
    this.record.clientState = plan.clientState;
    this.#plan = plan;
    this.#ports = ports;
    this.#webhookUrl = plan.webhookUrl;
    this.#lifetime = AbortSignal.any([this.#ended.signal, ports.signal]);
    this.streaming = new Streaming(this.record, {
      ...ports.streaming,
      tell: (event, fields) => this.#tell(event, fields),
      lifetime: this.#lifetime,
    });
    this.conversation = new Conversation(this.record, {
      clock: ports.clock,
      lifetime: this.#lifetime,
      signal: ports.signal,
      callee: plan.callee,
      tell: (...event) => this.#tell(...event),
      listening: () => ports.emit({ type: "listening", callControlId: plan.callControlId }),
      hangUp: () => this.hangUp(),
    });
  }

  /** Begins: rings at the callee, or waits in the queue of parked calls for an answer. */
  start(): void {
    const isIncoming = this.#plan.direction === "incoming";
    this.record.announce();
    this.#tell("call.initiated", {
      direction: this.#plan.direction,
      state: isIncoming ? "parked" : "bridging",
      caller_id_name: this.#plan.from,
    });
    if (isIncoming) {
      const { patienceMs = DEFAULT_PATIENCE_MS } = this.#plan.callee;
      this.#whileUnanswered(patienceMs, () => this.end("originator_cancel", "caller"));
    } else {
      this.#ring();
    }
  }

  answer(changes: { readonly webhookUrl?: string | undefined; readonly transcription: Transcription | null }): void {
    this.#webhookUrl = changes.webhookUrl ?? this.#webhookUrl;
    this.#answered(changes.transcription);
  }

  /** Turns a parked call down, or ends a live one, by command. */
  endByCommand(cause?: "call_rejected" | "user_busy"): void {
    const unanswered = this.#plan.direction === "incoming" ? "call_rejected" : "originator_cancel";
    // Who hung up is not to be relied on when it was a command: so it is never told.
    this.end(cause ?? (this.record.answeredAt === null ? unanswered : "normal_clearing"), "unknown");
  }

  /** The other party hangs up, or turns the call down. */
  hangUp(): void {
    const isIncoming = this.#plan.direction === "incoming";
    const unanswered = isIncoming ? "originator_cancel" : "call_rejected";
    this.end(this.record.answeredAt === null ? unanswered : "normal_clearing", isIncoming ? "caller" : "callee");
  }

  /** Ends the call, once; everything in progress ends with it. */
  end(cause: string, source: HangupSource): void {
    const { record } = this;
    if (record.state === "ended") {
      return;
    }
    this.#ended.abort();
    this.conversation.end();
    record.ended(cause, source);
    this.#tell("call.hangup", {
      hangup_cause: cause,
      hangup_source: source,
      sip_hangup_cause: SIP_CODES.get(cause) ?? CANCELLED_SIP_CODE,
      end_time: record.endTime,
    });
  }

  #ring(): void {
    const { ringSeconds, callee } = this.#plan;
    const { outcome = "answer", ringMs = DEFAULT_RING_MS, hangupCause } = callee;
    const patienceMs = ringSeconds * 1000;
    if (outcome === "no-answer" || ringMs > patienceMs) {
      this.#whileUnanswered(patienceMs, () => this.end(hangupCause ?? USUAL_CAUSES["no-answer"], "unknown"));
    } else if (outcome === "answer") {
      this.#whileUnanswered(ringMs, () => this.#answered(this.#plan.transcription));
    } else {
      this.#whileUnanswered(ringMs, () => this.end(hangupCause ?? USUAL_CAUSES[outcome], "callee"));
    }
  }

  #whileUnanswered(ms: number, act: () => void): void {
    const unlessAnswered = () => {
      if (this.record.answeredAt === null) {
        act();
      }
    };
    this.#ports.clock.later(ms, unlessAnswered, this.#lifetime);
  }

  #answered(transcription: Transcription | null): void {
    const { clock } = this.#ports;
    this.record.answered();
    this.#tell("call.answered", { state: "answered" });
    clock.later(this.#plan.limitSeconds * 1000, () => this.end("time_limit", "unknown"), this.#lifetime);
    detect(this.#plan.detection, this.#plan.callee.answeredBy ?? "human", {
      clock,
      lifetime: this.#lifetime,
      tell: (event, fields) => this.#tell(event, fields),
    });
    this.conversation.begin(transcription);
  }

  #tell(event: string, fields: Record<string, unknown>, clientState: string | null = this.record.clientState): void {
    const { record } = this;
    if (this.#webhookUrl === null) {
      record.warn(`${event} was not sent: neither the call nor the connection has a webhook URL`);
      return;
    }
    const payload = { ...record.fields(), ...fields, client_state: clientState };
    const { callControlId } = record;
    const { failoverUrl } = this.#plan;
    void this.#ports.sender.send({ callControlId, event, url: this.#webhookUrl, failoverUrl, payload });
  }
}
