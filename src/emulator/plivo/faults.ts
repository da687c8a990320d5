// What the Plivo emulator can be told to do wrong.
import { counted, take, type Counted } from "../counted-faults.ts";
import { MediaFaultPlan, type MediaFault, type StreamFaults } from "../media/faults.ts";

export type RestOperation = "create" | "list" | "fetch" | "transfer" | "hang-up" | "cancel" | "digits";

/** A fault of the REST side. Faults are tried in order; the first that is not a delay decides the answer. */
export type PlivoRestFault = {
  /** Which requests; every one when absent. */
  readonly on?: RestOperation;
  /** How many requests it hits; without end when absent. */
  readonly times?: number;
} &
  /** Waits so many real milliseconds before the request is processed. */
  (
    | { readonly fault: "delay"; readonly ms: number }
    /** Processes the request, then closes the connection without a reply. */
    | { readonly fault: "drop-reply" }
    /** Closes the connection without processing anything. */
    | { readonly fault: "reset" }
    /** Processes the request, but replies only once the call's first webhook has been delivered. */
    | { readonly fault: "webhook-first" }
    /** Refuses with this HTTP status, for example 403, 429 or 500, and Plivo's words for it unless `error` is given. */
    | {
        readonly fault: "refuse";
        readonly status: number;
        readonly error?: string;
        readonly retryAfterSeconds?: number;
      }
    /** Refuses with a gateway's HTML page. */
    | { readonly fault: "html"; readonly status: 500 | 502 | 503 }
  );

/** Documents (`answer`, `action`, `redirect`, `transfer`, `fallback`) and callbacks (`ring`, `hangup`, `machine`). */
export type WebhookKind = "answer" | "action" | "redirect" | "transfer" | "fallback" | "ring" | "hangup" | "machine";

/** A fault of webhook delivery. Every fault that matches is applied. */
export type PlivoWebhookFault = Targeted & (DeliveryFault | OrderFault);

interface Targeted {
  /** Which webhooks; every one when absent. */
  readonly on?: WebhookKind;
  readonly times?: number;
}

export type DeliveryFault =
  /** Sends `copies` more, identical, `afterMs` real milliseconds after the first was answered; 0 sends them together with it. */
  | { readonly fault: "duplicate"; readonly copies: number; readonly afterMs: number }
  /** As `duplicate`, but like a retry of Plivo's: each copy has a nonce and signatures of its own. */
  | { readonly fault: "retry"; readonly copies: number; readonly afterMs: number }
  /** Waits so many real milliseconds before sending. */
  | { readonly fault: "delay"; readonly ms: number }
  | { readonly fault: "lose" }
  | { readonly fault: "wrong-signature" }
  /** The V3 header is a list in which only one signature is right, and not the first. */
  | { readonly fault: "several-signatures" }
  /** Sends the old V2 signature alone, which covers neither query nor body. */
  | { readonly fault: "only-v2" };

export type OrderFault =
  /** Callbacks only: held back until a webhook of the named kind was delivered, at the latest until the call's hangup. */
  | { readonly fault: "hold-until"; readonly kind: WebhookKind }
  /** Callbacks only: sent without waiting for the one before it, nor letting the next one wait. */
  | { readonly fault: "concurrent" };

/** All faults in force; setting them replaces those before. */
export interface PlivoFaults {
  readonly rest?: readonly PlivoRestFault[];
  readonly webhooks?: readonly PlivoWebhookFault[];
  readonly media?: readonly MediaFault[];
}

/** Holds the faults in force and counts down those with `times`. */
export class FaultPlan {
  #rest: Counted<PlivoRestFault>[] = [];
  #delivery: Counted<Targeted & DeliveryFault>[] = [];
  #order: Counted<Targeted & OrderFault>[] = [];
  readonly #media = new MediaFaultPlan();

  replace(faults: PlivoFaults): void {
    const webhooks = faults.webhooks ?? [];
    this.#rest = counted(faults.rest ?? []);
    this.#delivery = counted(webhooks.filter(isDelivery));
    this.#order = counted(webhooks.filter(isOrder));
    this.#media.replace(faults.media ?? []);
  }

  /** The faults that hit the next media socket, used up by one. */
  forStream(): StreamFaults {
    return this.#media.forStream();
  }

  /** The faults that hit this request, used up by one. */
  forRest(operation: RestOperation): PlivoRestFault[] {
    return take(this.#rest, (fault) => fault.on === undefined || fault.on === operation);
  }

  /** The faults that hit the delivery of this webhook, used up by one. */
  forDelivery(kind: WebhookKind): DeliveryFault[] {
    return take(this.#delivery, (fault) => fault.on === undefined || fault.on === kind);
  }

  /** The faults that hit the place of this callback among the others, used up by one. */
  forOrder(kind: WebhookKind): OrderFault[] {
    return take(this.#order, (fault) => fault.on === undefined || fault.on === kind);
  }
}

function isOrder(fault: PlivoWebhookFault): fault is Targeted & OrderFault {
  return fault.fault === "hold-until" || fault.fault === "concurrent";
}

function isDelivery(fault: PlivoWebhookFault): fault is Targeted & DeliveryFault {
  return !isOrder(fault);
}
