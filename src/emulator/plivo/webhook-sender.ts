// Sends signed webhooks like Plivo: retries with fresh nonces, timeouts, routes to loopback, and faults on demand.
import type { Clock } from "../clock.ts";
import type { Ids } from "../ids.ts";
import { LoopbackFailure, sendToLoopback, type LoopbackReply } from "../loopback-request.ts";
import { destinationOf, type Route } from "../route.ts";
import { deliveryPolicy, type DeliveryPolicy, type RetryReason } from "./delivery-policy.ts";
import type { DeliveryFault, FaultPlan, WebhookKind } from "./faults.ts";
import { signatureHeaders, V3_SIGNATURE } from "./signature-headers.ts";
import type { FormFields } from "./signature.ts";

export interface Webhook {
  readonly callUuid: string;
  readonly kind: WebhookKind;
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly fields: FormFields;
}

/** One request to the application, as recorded. */
export interface PlivoWebhookAttempt {
  readonly callUuid: string;
  readonly kind: WebhookKind;
  /** As signed: without fragment, with the fields appended when the method is GET. */
  readonly url: string;
  readonly method: "GET" | "POST";
  /** Counts from 1 over the retries of one webhook. */
  readonly attempt: number;
  /** Sent once more on purpose. */
  readonly duplicate: boolean;
  readonly params: Readonly<Record<string, string>>;
  readonly nonce: string;
  /** The value of `X-Plivo-Signature-V3`; empty when only V2 was sent. */
  readonly signature: string;
  /** HTTP status of the reply; null when there was none. */
  readonly status: number | null;
  readonly failure: string | null;
  readonly body: string;
}

export interface WebhookSenderOptions {
  readonly authToken: string;
  /** Token of the main account, which signs the `Ma` headers. */
  readonly mainAuthToken: string;
  readonly routes: readonly Route[];
  /** Real milliseconds before the first retry; grows by as much for each further one. */
  readonly retryGapMs: number;
  /** Real milliseconds for one attempt to get a document. */
  readonly documentTimeoutMs: number;
  readonly clock: Clock;
  readonly nonces: Ids;
  readonly faults: FaultPlan;
  readonly signal: AbortSignal;
  readonly onAttempt: (attempt: PlivoWebhookAttempt) => void;
}

/** What all attempts of one webhook share. */
interface Prepared {
  readonly webhook: Webhook;
  readonly policy: DeliveryPolicy;
  readonly url: string;
  readonly body: string;
  readonly faults: readonly DeliveryFault[];
  readonly deadline: AbortSignal;
}

/** What Plivo makes anew for every attempt. */
interface Envelope {
  readonly nonce: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Outcome = { readonly reply: LoopbackReply } | { readonly failure: LoopbackFailure };

export class WebhookSender {
  readonly #options: WebhookSenderOptions;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  /** Delivers a webhook with its retries; null when no reply came at all. */
  async send(webhook: Webhook): Promise<LoopbackReply | null> {
    const { clock, faults, signal } = this.#options;
    const hit = faults.forDelivery(webhook.kind);
    for (const fault of hit) {
      if (fault.fault === "delay") {
        await clock.passReal(fault.ms, signal);
      }
    }
    if (hit.some((fault) => fault.fault === "lose")) {
      return null;
    }
    const prepared = this.#prepare(webhook, hit);
    const first = this.#envelope(prepared);
    const together = this.#copies(prepared, first, "together");
    const outcome = await this.#attempts(prepared, first);
    void this.#copies(prepared, first, "later");
    await together;
    return "reply" in outcome ? outcome.reply : null;
  }

  #prepare(webhook: Webhook, faults: readonly DeliveryFault[]): Prepared {
    const { documentTimeoutMs, clock, signal } = this.#options;
    const policy = deliveryPolicy(webhook.url, webhook.kind, documentTimeoutMs);
    const form = encodeForm(webhook.fields);
    const isGet = webhook.method === "GET";
    return {
      webhook,
      policy,
      url: isGet ? withQuery(policy.url, form) : policy.url,
      body: isGet ? "" : form,
      faults,
      deadline: AbortSignal.any([signal, clock.deadline(policy.totalMs)]),
    };
  }

  #envelope({ webhook, url, faults }: Prepared): Envelope {
    const { authToken, mainAuthToken, nonces } = this.#options;
    const nonce = nonceFrom(nonces);
    const fields = webhook.method === "GET" ? [] : webhook.fields;
    const request = { method: webhook.method, url, nonce, fields };
    return { nonce, headers: signatureHeaders(request, { authToken, mainAuthToken }, faults) };
  }

  async #copies(prepared: Prepared, first: Envelope, when: "together" | "later"): Promise<void> {
    const { clock, signal } = this.#options;
    for (const fault of prepared.faults) {
      const copied = fault.fault === "duplicate" || fault.fault === "retry";
      if (copied && (fault.afterMs === 0) === (when === "together")) {
        await clock.passReal(fault.afterMs, signal);
        const copies = Array.from({ length: fault.copies }, () =>
          this.#attempt(prepared, fault.fault === "retry" ? this.#envelope(prepared) : first, {
            attempt: 1,
            duplicate: true,
          }),
        );
        await Promise.all(copies);
      }
    }
  }

  async #attempts(prepared: Prepared, first: Envelope): Promise<Outcome> {
    const { clock, retryGapMs } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const envelope = attempt === 1 ? first : this.#envelope(prepared);
      const outcome = await this.#attempt(prepared, envelope, { attempt, duplicate: false });
      const reason = retryReason(outcome);
      const { retries, retryOn } = prepared.policy;
      if (reason === null || !retryOn.has(reason) || attempt > retries) {
        return outcome;
      }
      if (!(await clock.passReal(retryGapMs * attempt, prepared.deadline))) {
        return outcome;
      }
    }
  }

  async #attempt(
    prepared: Prepared,
    envelope: Envelope,
    count: { readonly attempt: number; readonly duplicate: boolean },
  ): Promise<Outcome> {
    const outcome = await this.#exchange(prepared, envelope);
    const { webhook, url } = prepared;
    this.#options.onAttempt({
      callUuid: webhook.callUuid,
      kind: webhook.kind,
      url,
      method: webhook.method,
      ...count,
      params: Object.fromEntries(webhook.fields),
      nonce: envelope.nonce,
      signature: envelope.headers[V3_SIGNATURE] ?? "",
      status: "reply" in outcome ? outcome.reply.status : null,
      failure: "failure" in outcome ? outcome.failure.message : null,
      body: "reply" in outcome ? outcome.reply.body.toString() : "",
    });
    return outcome;
  }

  async #exchange(prepared: Prepared, envelope: Envelope): Promise<Outcome> {
    const { clock, routes } = this.#options;
    const { policy, deadline, body, webhook } = prepared;
    try {
      const destination = destinationOf(prepared.url, routes);
      const headers = {
        "User-Agent": "Plivo",
        Accept: "*/*",
        ...envelope.headers,
        ...(webhook.method === "POST" ? formHeaders(body) : {}),
        ...destination.headers,
      };
      const { connectMs, readMs } = policy;
      const { method } = webhook;
      const sent = { target: destination.target, method, headers, body, connectMs, readMs, signal: deadline };
      return { reply: await sendToLoopback(sent, clock) };
    } catch (error) {
      return { failure: error instanceof LoopbackFailure ? error : new LoopbackFailure("connect", error) };
    }
  }
}

function formHeaders(body: string): Record<string, string> {
  return {
    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(body)),
  };
}

function encodeForm(fields: FormFields): string {
  const form = new URLSearchParams();
  for (const [name, value] of fields) {
    form.append(name, value);
  }
  return form.toString();
}

function withQuery(url: string, query: string): string {
  return url + (url.includes("?") ? "&" : "?") + query;
}

function retryReason(outcome: Outcome): RetryReason | null {
  if ("failure" in outcome) {
    return outcome.failure.stage === "connect" ? "ct" : "rt";
  }
  const { status } = outcome.reply;
  if (status >= 500) {
    return "5xx";
  }
  return status >= 400 ? "4xx" : null;
}

/** Twenty digits. */
export function nonceFrom(nonces: Ids): string {
  return BigInt(`0x${nonces.next("")}`)
    .toString()
    .padStart(20, "0")
    .slice(0, 20);
}
