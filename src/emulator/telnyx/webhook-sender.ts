// Sends signed webhooks like Telnyx: all at once, retried with a fresh signature, then to the failover URL; and faults on demand.
import type { Clock } from "../clock.ts";
import type { Ids } from "../ids.ts";
import { sendToLoopback } from "../loopback-request.ts";
import { destinationOf, type Route } from "../route.ts";
import type { FaultPlan, WebhookFault } from "./faults.ts";
import { uuid } from "./identifiers.ts";
import { signTelnyxWebhook, type SigningKey } from "./signature.ts";

export interface Webhook {
  readonly callControlId: string;
  /** For example `call.answered`. */
  readonly event: string;
  readonly url: string;
  readonly failoverUrl: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** One request to the application, as recorded. */
export interface WebhookAttempt {
  readonly callControlId: string;
  readonly event: string;
  /** `data.id`: the same for every attempt of one webhook. */
  readonly id: string;
  readonly url: string;
  /** `meta.attempt`: counts from 1 over the retries and the failover. */
  readonly attempt: number;
  /** Sent once more on purpose. */
  readonly duplicate: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The raw body that was signed. */
  readonly body: string;
  readonly timestamp: string;
  readonly signature: string;
  /** HTTP status of the reply; null when there was none. */
  readonly status: number | null;
  readonly failure: string | null;
}

export interface WebhookSenderOptions {
  readonly key: SigningKey;
  /** Signs what must not verify. */
  readonly wrongKey: SigningKey;
  readonly routes: readonly Route[];
  /** Attempts for each URL. */
  readonly tries: number;
  /** Real milliseconds before the first retry; grows by as much for each further one. */
  readonly retryGapMs: number;
  /** Real milliseconds for one attempt. */
  readonly webhookTimeoutMs: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly faults: FaultPlan;
  readonly signal: AbortSignal;
  readonly onAttempt: (attempt: WebhookAttempt) => void;
}

/** What all attempts of a webhook share. */
interface Prepared {
  readonly webhook: Webhook;
  readonly faults: readonly WebhookFault[];
  readonly envelope: Readonly<Record<string, unknown>>;
  readonly id: string;
}

/** The bytes of one attempt. */
interface Signed {
  readonly url: string;
  readonly attempt: number;
  readonly body: string;
  readonly timestamp: string;
  readonly signature: string;
}

type Outcome = { readonly status: number } | { readonly failure: string };

const USER_AGENT = "telnyx-webhooks";

export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  readonly #delivered = new Set<string>();
  readonly #held = new Map<string, PromiseWithResolvers<void>>();

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  /** Delivers a webhook with its retries, independently of all others; settles when it was accepted or given up. */
  async send(webhook: Webhook): Promise<void> {
    const prepared = this.#prepare(webhook);
    if (await this.#passesFaults(prepared)) {
      await this.#deliver(prepared);
    }
    const key = deliveryKey(webhook.callControlId, webhook.event);
    this.#delivered.add(key);
    this.#held.get(key)?.resolve();
  }

  #prepare(webhook: Webhook): Prepared {
    const { clock, ids, faults } = this.#options;
    const id = uuid(ids);
    const envelope = {
      record_type: "event",
      event_type: webhook.event,
      id,
      occurred_at: new Date(clock.now()).toISOString().replace("Z", "000Z"),
      payload: webhook.payload,
    };
    return { webhook, envelope, id, faults: faults.forWebhook(webhook.event) };
  }

  /** Waits as long as the faults say; false when the webhook gets lost. */
  async #passesFaults({ webhook, faults }: Prepared): Promise<boolean> {
    const { clock, signal } = this.#options;
    for (const fault of faults) {
      if (fault.fault === "hold-until") {
        await this.#wasDelivered(deliveryKey(webhook.callControlId, fault.event));
      } else if (fault.fault === "delay") {
        await clock.passReal(fault.ms, signal);
      }
    }
    return !faults.some((fault) => fault.fault === "lose");
  }

  #wasDelivered(key: string): Promise<void> {
    if (this.#delivered.has(key)) {
      return Promise.resolve();
    }
    const held = this.#held.get(key) ?? Promise.withResolvers<void>();
    this.#held.set(key, held);
    return held.promise;
  }

  async #deliver(prepared: Prepared): Promise<void> {
    const first = this.#sign(prepared, prepared.webhook.url, 1);
    const together = this.#duplicates(prepared, first, "together");
    await this.#attempts(prepared, first);
    void this.#duplicates(prepared, first, "later");
    await together;
  }

  async #duplicates(prepared: Prepared, first: Signed, when: "together" | "later"): Promise<void> {
    const { clock, signal } = this.#options;
    for (const fault of prepared.faults) {
      if (fault.fault === "duplicate" && (fault.afterMs === 0) === (when === "together")) {
        await clock.passReal(fault.afterMs, signal);
        const copies = Array.from({ length: fault.copies }, () => this.#attempt(prepared, first, true));
        await Promise.all(copies);
      }
    }
  }

  async #attempts(prepared: Prepared, first: Signed): Promise<void> {
    const { clock, signal, tries, retryGapMs } = this.#options;
    const { url, failoverUrl } = prepared.webhook;
    const urls = [url, ...(failoverUrl === null ? [] : [failoverUrl])].flatMap((each) => Array(tries).fill(each));
    for (const [index, target] of urls.entries()) {
      const signed = index === 0 ? first : this.#sign(prepared, String(target), index + 1);
      const outcome = await this.#attempt(prepared, signed, false);
      const ignored = index === 0 && prepared.faults.some((fault) => fault.fault === "ignore-reply");
      if (!ignored && !isWorthRetrying(outcome)) {
        return;
      }
      if (!(await clock.passReal(retryGapMs * (index + 1), signal))) {
        return;
      }
    }
  }

  #sign({ envelope, faults }: Prepared, url: string, attempt: number): Signed {
    const { clock, key, wrongKey } = this.#options;
    const stale = faults.find((fault) => fault.fault === "stale");
    const wrong = faults.some((fault) => fault.fault === "wrong-signature");
    const body = JSON.stringify({ data: envelope, meta: { attempt, delivered_to: url } });
    const timestamp = String(Math.floor(clock.now() / 1000) - (stale?.seconds ?? 0));
    return { url, attempt, body, timestamp, signature: signTelnyxWebhook(wrong ? wrongKey : key, timestamp, body) };
  }

  async #attempt({ webhook, id }: Prepared, signed: Signed, duplicate: boolean): Promise<Outcome> {
    const outcome = await this.#exchange(signed);
    const { callControlId, event, payload } = webhook;
    this.#options.onAttempt({
      callControlId,
      event,
      id,
      duplicate,
      payload,
      ...signed,
      status: "status" in outcome ? outcome.status : null,
      failure: "failure" in outcome ? outcome.failure : null,
    });
    return outcome;
  }

  async #exchange({ url, body, timestamp, signature }: Signed): Promise<Outcome> {
    const { clock, routes, webhookTimeoutMs, signal } = this.#options;
    try {
      const { target, headers } = destinationOf(url, routes);
      const sent = {
        target,
        method: "POST",
        headers: {
          "User-Agent": USER_AGENT,
          Accept: "*/*",
          "Content-Type": "application/json",
          "Content-Length": String(Buffer.byteLength(body)),
          "telnyx-timestamp": timestamp,
          "telnyx-signature-ed25519": signature,
          ...headers,
        },
        body,
        connectMs: webhookTimeoutMs,
        readMs: webhookTimeoutMs,
        signal,
      };
      return { status: (await sendToLoopback(sent, clock)).status };
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  }
}

function deliveryKey(callControlId: string, event: string): string {
  return `${callControlId} ${event}`;
}

function isWorthRetrying(outcome: Outcome): boolean {
  return "failure" in outcome || outcome.status === 408 || outcome.status === 429 || outcome.status >= 500;
}
