// The course of one emulated Plivo call, from its first ring to its end.
import type { Clock } from "../clock.ts";
import type { LoopbackReply } from "../loopback-request.ts";
import { Callee, type CalleeInput, type CalleeScript } from "../twilio/callee.ts";
import { CallRecord, type CallIdentity } from "./call-record.ts";
import { Callbacks, type Address } from "./callbacks.ts";
import { DocumentError, fetchDocument, type LoadedDocument } from "./documents.ts";
import type { PlivoEvent } from "./emulated-call.ts";
import type { FaultPlan } from "./faults.ts";
import { CAUSES, type DocumentKind, type HangupCause } from "./hangup-cause.ts";
import { runDocument, type Fetch, type Leg, type Next } from "./interpreter.ts";
import type { FormFields } from "./signature.ts";
import type { StreamDialler } from "./stream-dialler.ts";
import type { Webhook, WebhookSender } from "./webhook-sender.ts";

export interface CallPlan extends CallIdentity {
  readonly answer: Address;
  readonly fallback: Address | null;
  readonly ring: Address | null;
  readonly hangup: Address | null;
  readonly ringSeconds: number;
  readonly limitSeconds: number;
  readonly sendDigits: string;
  readonly detection: MachineDetection | null;
  readonly callee: CalleeScript;
}

/** Machine detection: before the answer document, or, with an address, beside it. */
export interface MachineDetection {
  readonly ifMachine: "continue" | "hangup";
  readonly maxMs: number;
  readonly address: Address | null;
}

export interface CallPorts {
  readonly authId: string;
  readonly clock: Clock;
  readonly sender: WebhookSender;
  readonly faults: FaultPlan;
  readonly unknownElements: "warn" | "hang-up";
  readonly emit: (event: PlivoEvent) => void;
  /** Something changed that is no event. */
  readonly poke: () => void;
  readonly streams: StreamDialler;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
}

const USUAL_DETECTION_MS = 2000;
const REFUSAL_MS = 200;
const DEFAULT_RING_MS = 1000;
const EVENTS: Readonly<Record<DocumentKind, string>> = {
  answer: "StartApp",
  action: "StartApp",
  transfer: "Redirect",
  redirect: "Redirect",
};

export class PlivoCall {
  readonly record: CallRecord;
  readonly #plan: CallPlan;
  readonly #ports: CallPorts;
  readonly #callee: Callee;
  readonly #callbacks: Callbacks;
  readonly #ended = new AbortController();
  readonly #lifetime: AbortSignal;
  #document = new AbortController();
  #transferredTo: Fetch | null = null;

  constructor(plan: CallPlan, ports: CallPorts) {
    this.record = new CallRecord(plan, ports.clock, ports);
    this.#plan = plan;
    this.#ports = ports;
    this.#lifetime = AbortSignal.any([this.#ended.signal, ports.signal]);
    this.#callee = new Callee(plan.callee);
    this.#callbacks = new Callbacks({
      callUuid: plan.callUuid,
      addresses: { ring: plan.ring, hangup: plan.hangup, machine: plan.detection?.address ?? null },
      orderFaults: (kind) => ports.faults.forOrder(kind),
      send: (webhook) => ports.sender.send(webhook),
    });
  }

  /** Rings and, when answered, runs the documents; settles when the call is over. */
  async run(): Promise<void> {
    if (this.#plan.direction === "inbound") {
      this.record.ring();
    } else {
      if (this.record.isOver || !(await this.#ring())) {
        return;
      }
      this.#answer();
      await this.#greet();
    }
    await this.#follow({ kind: "answer", ...this.#plan.answer, fields: [] });
  }

  /** The other party speaks or presses keys; false when nobody was listening for it. */
  input(input: CalleeInput): boolean {
    const { line, audio } = this.record;
    return input.kind === "digits" && audio.streaming ? audio.press(input.digits) : line.speak(input);
  }

  /** Moves an answered call to another document, cutting off the one that runs. */
  transfer(address: Address): void {
    this.#transferredTo = { kind: "transfer", ...address, fields: [] };
    this.#document.abort();
  }

  /** Plays keys over whatever runs. */
  sendDigits(digits: string): void {
    void this.record.line.play({ kind: "digits", text: digits, signal: this.#lifetime });
  }

  end(cause: HangupCause): void {
    const { record } = this;
    if (record.isOver) {
      return;
    }
    this.#ended.abort();
    record.end(cause);
    if (this.#plan.hangup === null) {
      void this.#callbacks.delivered("hangup");
    } else {
      this.#callbacks.emit("hangup", [...this.#fields("Hangup"), ...record.hangupFields(cause)]);
    }
  }

  /** The other party hangs up, or turns the call down. */
  hangUp(): void {
    const answered = this.record.answeredAt !== null;
    if (this.#plan.direction === "inbound") {
      this.end(answered ? CAUSES.caller : CAUSES.abandoned);
    } else {
      this.end(answered ? CAUSES.callee : CAUSES.declined);
    }
  }

  async #ring(): Promise<boolean> {
    const { outcome = "answer", ringMs = DEFAULT_RING_MS } = this.#plan.callee;
    const { clock } = this.#ports;
    if (outcome === "fail") {
      await clock.pass(REFUSAL_MS, this.#lifetime);
      this.end(CAUSES.unreachable);
      return false;
    }
    this.record.ring();
    this.#callbacks.emit("ring", this.#fields("Ring"));
    const patienceMs = this.#plan.ringSeconds * 1000;
    const inTime = outcome !== "no-answer" && ringMs <= patienceMs;
    if (!(await clock.pass(inTime ? ringMs : patienceMs, this.#lifetime))) {
      return false;
    }
    if (!inTime) {
      this.end(outcome === "no-answer" ? CAUSES.noAnswer : CAUSES.ringTimeout);
    } else if (outcome === "busy") {
      this.end(CAUSES.busy);
    }
    return !this.record.isOver;
  }

  #answer(): void {
    this.record.answer();
    this.#endLater(this.#plan.limitSeconds * 1000, CAUSES.timeLimit);
    const { hangUpAfterMs } = this.#plan.callee;
    if (hangUpAfterMs !== undefined) {
      this.#endLater(hangUpAfterMs, this.#plan.direction === "inbound" ? CAUSES.caller : CAUSES.callee);
    }
  }

  #endLater(ms: number, cause: HangupCause): void {
    const end = () => {
      this.end(cause);
    };
    this.#ports.clock.later(ms, end, this.#lifetime);
  }

  /** What happens on an answered outbound call before its answer document. */
  async #greet(): Promise<void> {
    const { sendDigits, detection } = this.#plan;
    if (sendDigits !== "") {
      await this.record.line.play({ kind: "digits", text: sendDigits, signal: this.#lifetime });
    }
    if (detection?.address === null) {
      await this.#detect(detection);
    } else if (detection !== null) {
      void this.#detect(detection);
    }
  }

  async #detect(detection: MachineDetection): Promise<void> {
    const ms = Math.min(USUAL_DETECTION_MS, detection.maxMs);
    if (!(await this.#ports.clock.pass(ms, this.#lifetime))) {
      return;
    }
    const machine = (this.#plan.callee.answeredBy ?? "human") !== "human";
    this.record.machine = machine;
    const usual = this.#fields("MachineDetection").filter(([name]) => name !== "Machine");
    this.#callbacks.emit("machine", [...usual, ["Machine", String(machine)], ["IfMachine", detection.ifMachine]]);
    if (machine && detection.ifMachine === "hangup") {
      this.end(CAUSES.machine);
    }
  }

  async #follow(first: Fetch): Promise<void> {
    let fetch: Fetch | null = this.#transferredTo ?? first;
    this.#transferredTo = null;
    while (fetch !== null && !this.#lifetime.aborted) {
      this.#document = new AbortController();
      const signal = AbortSignal.any([this.#lifetime, this.#document.signal]);
      const next = await this.#runOne(fetch, signal);
      fetch = this.#transferredTo ?? (next.next === "fetch" ? next.fetch : null);
      this.#transferredTo = null;
      if (fetch === null && next.next === "end") {
        this.end(next.cause);
      }
    }
  }

  async #runOne(fetch: Fetch, signal: AbortSignal): Promise<Next> {
    const { record } = this;
    try {
      const document = await unlessAborted(this.#load(fetch), signal);
      if (document === null) {
        return { next: "interrupted" };
      }
      record.ran({ url: document.url, xml: document.xml });
      document.warnings.forEach((warning) => {
        record.warn(warning);
      });
      return await runDocument(document, this.#leg(), signal);
    } catch (error) {
      if (!(error instanceof DocumentError)) {
        throw error;
      }
      record.warn(`${error.hangupCause.code} ${error.message}`);
      return { next: "end", cause: error.hangupCause };
    }
  }

  #load(fetch: Fetch): Promise<LoadedDocument> {
    const { record } = this;
    return fetchDocument(fetch, {
      callUuid: record.callUuid,
      fallback: this.#plan.fallback,
      fields: () => this.#fields(EVENTS[fetch.kind]),
      send: (webhook) => this.#send(webhook),
      unknownElements: this.#ports.unknownElements,
      warn: (warning) => {
        record.warn(warning);
      },
    });
  }

  async #send(webhook: Webhook): Promise<LoopbackReply | null> {
    const reply = await this.#ports.sender.send(webhook);
    void this.#callbacks.delivered(webhook.kind);
    return reply;
  }

  #leg(): Leg {
    const { record } = this;
    return {
      clock: this.#ports.clock,
      line: record.line,
      callee: this.#callee,
      unanswered: () => record.answeredAt === null,
      answer: () => {
        this.#answer();
      },
      hangUp: () => {
        this.hangUp();
      },
      endLater: (ms, cause) => {
        this.#endLater(ms, cause);
      },
      listening: () => {
        this.#ports.emit({ type: "listening", callUuid: record.callUuid });
      },
      stream: (url, signal) =>
        this.#ports.streams.run(url, { record, keys: (digits) => this.sendDigits(digits) }, signal),
      notify: ({ kind, url, method, fields }) => {
        const all = [...this.#fields(EVENTS[kind]), ...fields];
        void this.#send({ callUuid: record.callUuid, kind, url, method, fields: all });
      },
      warn: (warning) => {
        record.warn(warning);
      },
    };
  }

  #fields(event: string): FormFields {
    return this.record.fields(event, this.#ports.authId);
  }
}

/** The result, or null when the signal aborts first; the work itself goes on. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const aborted = new Promise<null>((resolve) => {
    signal.addEventListener(
      "abort",
      () => {
        resolve(null);
      },
      { once: true },
    );
  });
  return signal.aborted ? null : Promise.race([work, aborted]);
}
