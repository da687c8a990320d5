// The course of one emulated call, from its first ring to its end.
import type { Clock } from "../clock.ts";
import { CallRecord, type CallIdentity } from "./call-record.ts";
import { Callee, type CalleeInput, type CalleeScript } from "./callee.ts";
import { fetchDocument, pushedDocument, type LoadedDocument } from "./documents.ts";
import type { EmulatorEvent, FinalStatus } from "./emulated-call.ts";
import type { FaultPlan } from "./faults.ts";
import { runDocument, type Fetch, type Leg, type Next } from "./interpreter.ts";
import type { FormFields } from "./signature.ts";
import { StatusCallbacks, type StatusSubscription } from "./status-callbacks.ts";
import type { StreamDialler } from "./stream-dialler.ts";
import { TwimlError } from "./twiml.ts";
import type { WebhookSender } from "./webhook-sender.ts";

/** The document a call begins with, or is moved to: pushed, or to be fetched. */
export type Source = { readonly kind: "pushed"; readonly twiml: string } | Fetch;

/** Where Twilio sends something, and how. */
export interface Address {
  readonly url: string;
  readonly method: "GET" | "POST";
}

export interface CallPlan extends CallIdentity {
  readonly first: Source;
  readonly fallback: Address | null;
  readonly statusCallback: StatusSubscription | null;
  readonly ringSeconds: number;
  readonly limitSeconds: number;
  readonly sendDigits: string;
  /** Answering-machine detection: awaited before the first document, or reported to an address of its own. */
  readonly detection: "off" | "before-document" | Address;
  readonly callee: CalleeScript;
}

export interface CallPorts {
  readonly accountSid: string;
  readonly clock: Clock;
  readonly sender: WebhookSender;
  readonly faults: FaultPlan;
  readonly emit: (event: EmulatorEvent) => void;
  /** Something changed that is no event. */
  readonly poke: () => void;
  readonly streams: StreamDialler;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
}

const APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye.";
const DETECTION_MS = 2000;
const REFUSAL_MS = 200;
const DEFAULT_RING_MS = 1000;
const REJECTIONS = { rejected: "no-answer", busy: "busy" } as const;
const SIP_CODES: Readonly<Record<FinalStatus, string>> = {
  completed: "200",
  busy: "486",
  failed: "404",
  "no-answer": "487",
  canceled: "487",
};

export class TwilioCall {
  readonly record: CallRecord;
  readonly #plan: CallPlan;
  readonly #ports: CallPorts;
  readonly #callee: Callee;
  readonly #callbacks: StatusCallbacks;
  readonly #ended = new AbortController();
  readonly #lifetime: AbortSignal;
  #document = new AbortController();
  #redirectedTo: Source | null = null;

  constructor(plan: CallPlan, ports: CallPorts) {
    this.record = new CallRecord(plan, ports.clock, ports);
    this.#plan = plan;
    this.#ports = ports;
    this.#lifetime = AbortSignal.any([this.#ended.signal, ports.signal]);
    this.#callee = new Callee(plan.callee);
    this.#callbacks = new StatusCallbacks({
      clock: ports.clock,
      subscription: plan.statusCallback,
      orderFaults: (event) => ports.faults.forOrder(event),
      send: (webhook) => ports.sender.send({ ...webhook, sid: plan.sid }),
    });
  }

  /** Rings and, when answered, runs the documents; settles when the call is over. */
  async run(): Promise<void> {
    this.record.start();
    if (this.#plan.direction === "inbound") {
      this.record.become("ringing");
    } else {
      this.#callbacks.emit("initiated", this.#fields());
      if (!(await this.#ring())) {
        return;
      }
      this.#answer();
      await this.#greet();
    }
    await this.#follow(this.#plan.first);
  }

  /** The callee speaks or presses keys; false when nobody was listening for it. */
  input(input: CalleeInput): boolean {
    const { line, audio } = this.record;
    return input.kind === "digits" && audio.streaming ? audio.press(input.digits) : line.speak(input);
  }

  /** Moves a call in progress to another document, cutting off the one that runs. */
  redirect(source: Source): void {
    this.#redirectedTo = source;
    this.#document.abort();
  }

  /** Ends the call: as `completed` once it was answered, otherwise as said. */
  end(unanswered: FinalStatus): void {
    const { record } = this;
    if (record.isOver) {
      return;
    }
    const status = record.answeredAt === null ? unanswered : "completed";
    this.#ended.abort();
    record.become(status);
    const seconds = record.durationSeconds ?? 0;
    this.#callbacks.emit(status, [
      ...this.#fields(),
      ["CallDuration", String(seconds)],
      ["Duration", String(Math.ceil(seconds / 60))],
      ["SipResponseCode", SIP_CODES[status]],
    ]);
  }

  /** The other party hangs up, or turns the call down. */
  hangUp(): void {
    this.end(this.#plan.direction === "inbound" ? "no-answer" : "busy");
  }

  async #ring(): Promise<boolean> {
    const { outcome = "answer", ringMs = DEFAULT_RING_MS } = this.#plan.callee;
    const { clock } = this.#ports;
    if (outcome === "fail" || outcome === "busy") {
      await clock.pass(outcome === "fail" ? REFUSAL_MS : ringMs, this.#lifetime);
      this.end(outcome === "fail" ? "failed" : "busy");
      return false;
    }
    this.record.become("ringing");
    this.#callbacks.emit("ringing", this.#fields());
    const patienceMs = this.#plan.ringSeconds * 1000;
    const answers = outcome === "answer" && ringMs <= patienceMs;
    if (!(await clock.pass(answers ? ringMs : patienceMs, this.#lifetime))) {
      return false;
    }
    if (!answers) {
      this.end("no-answer");
    }
    return answers;
  }

  #answer(): void {
    this.record.become("in-progress");
    this.#endAfter(this.#plan.limitSeconds * 1000);
    const { hangUpAfterMs } = this.#plan.callee;
    if (hangUpAfterMs !== undefined) {
      this.#endAfter(hangUpAfterMs);
    }
    if (this.#plan.direction === "outbound-api") {
      this.#callbacks.emit("in-progress", this.#fields());
    }
  }

  #endAfter(ms: number): void {
    const end = () => {
      this.end("completed");
    };
    this.#ports.clock.later(ms, end, this.#lifetime);
  }

  /** What happens on an answered outbound call before its first document. */
  async #greet(): Promise<void> {
    const { sendDigits, detection } = this.#plan;
    if (sendDigits !== "") {
      await this.record.line.play({ kind: "digits", text: sendDigits, signal: this.#lifetime });
    }
    if (detection === "before-document") {
      await this.#detect();
    } else if (detection !== "off") {
      void this.#reportDetection(detection);
    }
  }

  async #detect(): Promise<void> {
    if (await this.#ports.clock.pass(DETECTION_MS, this.#lifetime)) {
      this.record.answeredBy = this.#plan.callee.answeredBy ?? "human";
    }
  }

  async #reportDetection(address: Address): Promise<void> {
    await this.#detect();
    const { answeredBy, sid } = this.record;
    if (answeredBy !== null) {
      const fields: FormFields = [
        ["CallSid", sid],
        ["AccountSid", this.#ports.accountSid],
        ["AnsweredBy", answeredBy],
        ["MachineDetectionDuration", String(DETECTION_MS)],
      ];
      await this.#ports.sender.send({ ...address, sid, kind: "amd", event: null, fields });
    }
  }

  async #follow(first: Source): Promise<void> {
    let source: Source | null = this.#redirectedTo ?? first;
    this.#redirectedTo = null;
    while (source !== null && !this.#lifetime.aborted) {
      this.#document = new AbortController();
      const signal = AbortSignal.any([this.#lifetime, this.#document.signal]);
      const next = await this.#runOne(source, signal);
      source = this.#redirectedTo ?? (next.next === "fetch" ? next.fetch : null);
      this.#redirectedTo = null;
      if (source === null && next.next !== "interrupted") {
        this.end(next.next === "rejected" ? REJECTIONS[next.reason] : "completed");
      }
    }
  }

  async #runOne(source: Source, signal: AbortSignal): Promise<Next> {
    const { record } = this;
    try {
      const document = await unlessAborted(this.#load(source), signal);
      if (document === null) {
        return { next: "interrupted" };
      }
      record.ran({ url: document.baseUrl, xml: document.xml });
      document.warnings.forEach((warning) => {
        record.warn(warning);
      });
      return await runDocument(document, this.#leg(), signal);
    } catch (error) {
      if (!(error instanceof TwimlError)) {
        throw error;
      }
      return this.#applicationError(error, signal);
    }
  }

  async #load(source: Source): Promise<LoadedDocument> {
    if (source.kind === "pushed") {
      return pushedDocument(source.twiml);
    }
    return fetchDocument(source, {
      sid: this.record.sid,
      fallback: this.#plan.fallback,
      fields: () => this.#fields(),
      send: (webhook) => this.#ports.sender.send(webhook),
      warn: (warning) => {
        this.record.warn(warning);
      },
    });
  }

  async #applicationError(error: TwimlError, signal: AbortSignal): Promise<Next> {
    this.record.warn(`${error.code} ${error.message}`);
    if (this.record.answeredAt === null) {
      this.#answer();
    }
    const played = { kind: "application-error", text: APPLICATION_ERROR, signal } as const;
    const complete = await this.record.line.play(played);
    return { next: complete ? "hang-up" : "interrupted" };
  }

  #leg(): Leg {
    const { record } = this;
    return {
      clock: this.#ports.clock,
      line: record.line,
      callee: this.#callee,
      unanswered: record.answeredAt === null,
      answer: () => {
        this.#answer();
      },
      hangUp: () => {
        this.hangUp();
      },
      listening: () => {
        this.#ports.emit({ type: "listening", sid: record.sid });
      },
      stream: (verb, signal) => this.#ports.streams.run(verb, record, signal),
      warn: (warning) => {
        record.warn(warning);
      },
    };
  }

  #fields(): FormFields {
    return this.record.fields(this.#ports.accountSid);
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
