// Sends signed webhooks like Twilio: retries, timeouts, routes from public URLs to loopback, and faults on demand.
import type { Clock } from "../clock.ts";
import type { Ids } from "../ids.ts";
import { LoopbackFailure, sendToLoopback, type LoopbackReply } from "../loopback-request.ts";
import { destinationOf, type Route } from "../route.ts";
import { connectionSettings, type ConnectionSettings, type RetryReason } from "./connection-override.ts";
import type { FaultPlan, StatusEvent, DeliveryFault, WebhookKind } from "./faults.ts";
import { signTwilioRequest, type FormFields } from "./signature.ts";

export interface Webhook {
  readonly sid: string;
  readonly kind: WebhookKind;
  readonly event: StatusEvent | null;
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly fields: FormFields;
}

/** One request to the application, as recorded. */
export interface WebhookAttempt {
  readonly sid: string;
  readonly kind: WebhookKind;
  readonly event: StatusEvent | null;
  /** As signed: without fragment, with the fields appended when the method is GET. */
  readonly url: string;
  readonly method: "GET" | "POST";
  /** Counts from 1 over the retries of one webhook. */
  readonly attempt: number;
  /** Sent once more on purpose. */
  readonly duplicate: boolean;
  readonly params: Readonly<Record<string, string>>;
  readonly signature: string;
  readonly idempotencyToken: string;
  /** HTTP status of the reply; null when there was none. */
  readonly status: number | null;
  readonly failure: string | null;
  readonly body: string;
}

export interface WebhookSenderOptions {
  readonly authToken: string;
  readonly routes: readonly Route[];
  /** Real milliseconds before the first retry; grows by as much for each further one. */
  readonly retryGapMs: number;
  /** Real milliseconds for all attempts of one webhook. */
  readonly webhookTimeoutMs: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly faults: FaultPlan;
  readonly signal: AbortSignal;
  readonly onAttempt: (attempt: WebhookAttempt) => void;
}

/** The one shape in which attempts of a webhook are made: the same bytes every time. */
interface Prepared {
  readonly webhook: Webhook;
  readonly settings: ConnectionSettings;
  readonly url: string;
  readonly body: string;
  readonly signature: string;
  readonly token: string;
  readonly deadline: AbortSignal;
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
    const hit = faults.forDelivery(webhook.kind, webhook.event);
    for (const fault of hit) {
      if (fault.fault === "delay") {
        await clock.passReal(fault.ms, signal);
      }
    }
    if (hit.some((fault) => fault.fault === "lose")) {
      return null;
    }
    const prepared = this.#prepare(webhook, hit);
    const together = this.#duplicates(prepared, hit, "together");
    const outcome = await this.#attempts(prepared);
    void this.#duplicates(prepared, hit, "later");
    await together;
    return "reply" in outcome ? outcome.reply : null;
  }

  #prepare(webhook: Webhook, faults: readonly DeliveryFault[]): Prepared {
    const { authToken, webhookTimeoutMs, ids, clock, signal } = this.#options;
    const settings = connectionSettings(webhook.url, webhookTimeoutMs);
    const form = encodeForm(webhook.fields);
    const isGet = webhook.method === "GET";
    const url = isGet ? withQuery(settings.url, form) : settings.url;
    const wrong = faults.some((fault) => fault.fault === "wrong-signature");
    return {
      webhook,
      settings,
      url,
      body: isGet ? "" : form,
      signature: signTwilioRequest(wrong ? `not-${authToken}` : authToken, url, isGet ? [] : webhook.fields),
      token: ids.next(""),
      deadline: AbortSignal.any([signal, clock.deadline(settings.totalMs)]),
    };
  }

  async #duplicates(prepared: Prepared, faults: readonly DeliveryFault[], when: "together" | "later"): Promise<void> {
    const { clock, signal } = this.#options;
    for (const fault of faults) {
      if (fault.fault === "duplicate" && (fault.afterMs === 0) === (when === "together")) {
        await clock.passReal(fault.afterMs, signal);
        const copies = Array.from({ length: fault.copies }, () => this.#attempt(prepared, 1, true));
        await Promise.all(copies);
      }
    }
  }

  async #attempts(prepared: Prepared): Promise<Outcome> {
    const { clock, retryGapMs } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(prepared, attempt, false);
      const reason = retryReason(outcome);
      const { retries, retryOn } = prepared.settings;
      if (reason === null || !retryOn.has(reason) || attempt > retries) {
        return outcome;
      }
      if (!(await clock.passReal(retryGapMs * attempt, prepared.deadline))) {
        return outcome;
      }
    }
  }

  async #attempt(prepared: Prepared, attempt: number, duplicate: boolean): Promise<Outcome> {
    const outcome = await this.#exchange(prepared);
    const { webhook, url, signature, token } = prepared;
    this.#options.onAttempt({
      sid: webhook.sid,
      kind: webhook.kind,
      event: webhook.event,
      url,
      method: webhook.method,
      attempt,
      duplicate,
      params: Object.fromEntries(webhook.fields),
      signature,
      idempotencyToken: token,
      status: "reply" in outcome ? outcome.reply.status : null,
      failure: "failure" in outcome ? outcome.failure.message : null,
      body: "reply" in outcome ? outcome.reply.body.toString() : "",
    });
    return outcome;
  }

  async #exchange(prepared: Prepared): Promise<Outcome> {
    const { clock } = this.#options;
    const { settings, deadline, body } = prepared;
    try {
      const { target, headers } = this.#destination(prepared);
      const reply = await sendToLoopback(
        {
          target,
          method: prepared.webhook.method,
          headers,
          body,
          connectMs: settings.connectMs,
          readMs: settings.readMs,
          signal: deadline,
        },
        clock,
      );
      return { reply };
    } catch (error) {
      return {
        failure: error instanceof LoopbackFailure ? error : new LoopbackFailure("connect", error),
      };
    }
  }

  #destination(prepared: Prepared): { target: URL; headers: Record<string, string> } {
    const destination = destinationOf(prepared.url, this.#options.routes);
    const headers: Record<string, string> = {
      "User-Agent": "TwilioProxy/1.1",
      Accept: "*/*",
      "X-Twilio-Signature": prepared.signature,
      "I-Twilio-Idempotency-Token": prepared.token,
      "X-Home-Region": "us1",
      ...destination.headers,
    };
    if (prepared.webhook.method === "POST") {
      headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8";
      headers["Content-Length"] = String(Buffer.byteLength(prepared.body));
    }
    return { target: destination.target, headers };
  }
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
  return status >= 400 && status !== 429 ? "4xx" : null;
}
