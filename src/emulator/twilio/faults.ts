// What an emulator can be told to do wrong.
import { counted, take, type Counted } from "../counted-faults.ts";
import { MediaFaultPlan, type MediaFault, type StreamFaults } from "../media/faults.ts";

export type RestOperation = "create" | "list" | "fetch" | "update" | "remove";

/** A fault of the REST side. Faults are tried in order; the first that is not a delay decides the answer. */
export type RestFault = {
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
    /** Refuses with a Twilio error of this code, for example 21215, 21219 or 20429. */
    | { readonly fault: "refuse"; readonly code: number; readonly retryAfterSeconds?: number }
    /** Refuses with a gateway's HTML page. */
    | { readonly fault: "html"; readonly status: 500 | 502 | 503 }
  );

export type StatusEvent = "initiated" | "ringing" | "answered" | "completed";
export type WebhookKind = "voice" | "gather" | "redirect" | "connect" | "fallback" | "status" | "amd";

/** A fault of webhook delivery. Every fault that matches is applied. */
export type WebhookFault = Targeted & (DeliveryFault | OrderFault);

interface Targeted {
  /** Which webhooks: a kind, or a status callback by its event; every one when absent. */
  readonly on?: WebhookKind | StatusEvent;
  readonly times?: number;
}

export type DeliveryFault =
  /** Sends `copies` more, identical, `afterMs` real milliseconds after the first was answered; 0 sends them together with it. */
  | { readonly fault: "duplicate"; readonly copies: number; readonly afterMs: number }
  /** Waits so many real milliseconds before sending. */
  | { readonly fault: "delay"; readonly ms: number }
  | { readonly fault: "lose" }
  | { readonly fault: "wrong-signature" };

export type OrderFault =
  /** Status callbacks only: held back until the named later one was delivered. */
  | { readonly fault: "hold-until"; readonly event: StatusEvent }
  /** Status callbacks only: sent without waiting for the one before it. */
  | { readonly fault: "concurrent" };

/** All faults in force; setting them replaces those before. */
export interface TwilioFaults {
  readonly rest?: readonly RestFault[];
  readonly webhooks?: readonly WebhookFault[];
  readonly media?: readonly MediaFault[];
}

/** Holds the faults in force and counts down those with `times`. */
export class FaultPlan {
  #rest: Counted<RestFault>[] = [];
  #delivery: Counted<Targeted & DeliveryFault>[] = [];
  #order: Counted<Targeted & OrderFault>[] = [];
  readonly #media = new MediaFaultPlan();

  replace(faults: TwilioFaults): void {
    this.#rest = counted(faults.rest ?? []);
    const webhooks = faults.webhooks ?? [];
    this.#delivery = counted(webhooks.filter(isDelivery));
    this.#order = counted(webhooks.filter(isOrder));
    this.#media.replace(faults.media ?? []);
  }

  /** The faults that hit the next media socket, used up by one. */
  forStream(): StreamFaults {
    return this.#media.forStream();
  }

  /** The faults that hit this request, used up by one. */
  forRest(operation: RestOperation): RestFault[] {
    return take(this.#rest, (fault) => fault.on === undefined || fault.on === operation);
  }

  /** The faults that hit the delivery of this webhook, used up by one. */
  forDelivery(kind: WebhookKind, event: StatusEvent | null): DeliveryFault[] {
    return take(this.#delivery, (fault) => targets(fault, kind, event));
  }

  /** The faults that hit the place of this status callback among the others, used up by one. */
  forOrder(event: StatusEvent): OrderFault[] {
    return take(this.#order, (fault) => targets(fault, "status", event));
  }
}

function isOrder(fault: WebhookFault): fault is Targeted & OrderFault {
  return fault.fault === "hold-until" || fault.fault === "concurrent";
}

function isDelivery(fault: WebhookFault): fault is Targeted & DeliveryFault {
  return !isOrder(fault);
}

function targets(fault: Targeted, kind: WebhookKind, event: StatusEvent | null): boolean {
  return fault.on === undefined || fault.on === kind || fault.on === event;
}
