// What the Telnyx emulator can be told to do wrong.
import { counted, take, type Counted } from "../counted-faults.ts";
import { MediaFaultPlan, type MediaFault, type StreamFaults } from "../media/faults.ts";

/** `dial`, `status`, or the name of an action in the path, for example `speak`. */
export type RestOperation = string;

/** A fault of the REST side. Delays add up; of the others the first decides the answer. */
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
    /** Processes the request, but replies only once the call's next webhook has been delivered. */
    | { readonly fault: "webhook-first" }
    /** Refuses with a Telnyx error of this code, for example 10010, 10011 or 90041. */
    | { readonly fault: "refuse"; readonly code: string; readonly retryAfterSeconds?: number }
    /** Refuses with a gateway's HTML page. */
    | { readonly fault: "html"; readonly status: 500 | 502 | 503 }
  );

/** A fault of webhook delivery. Every fault that matches is applied. */
export type WebhookFault = {
  /** The event type, for example `call.answered`; every one when absent. */
  readonly on?: string;
  readonly times?: number;
} &
  /** Sends `copies` more, identical, `afterMs` real milliseconds after the first was answered; 0 sends them together with it. */
  (
    | { readonly fault: "duplicate"; readonly copies: number; readonly afterMs: number }
    /** Waits so many real milliseconds before sending. */
    | { readonly fault: "delay"; readonly ms: number }
    | { readonly fault: "lose" }
    | { readonly fault: "wrong-signature" }
    /** Signs correctly, but with a timestamp so many seconds old. */
    | { readonly fault: "stale"; readonly seconds: number }
    /** Takes the first reply for lost, and so sends again: attempt 2, signed anew. */
    | { readonly fault: "ignore-reply" }
    /** Held back until an event of this type of the same call was delivered. */
    | { readonly fault: "hold-until"; readonly event: string }
  );

/** All faults in force; setting them replaces those before. */
export interface TelnyxFaults {
  readonly rest?: readonly RestFault[];
  readonly webhooks?: readonly WebhookFault[];
  readonly media?: readonly MediaFault[];
}

/** Holds the faults in force and counts down those with `times`. */
export class FaultPlan {
  #rest: Counted<RestFault>[] = [];
  #webhooks: Counted<WebhookFault>[] = [];
  readonly #media = new MediaFaultPlan();

  replace(faults: TelnyxFaults): void {
    this.#rest = counted(faults.rest ?? []);
    this.#webhooks = counted(faults.webhooks ?? []);
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

  /** The faults that hit the delivery of this event, used up by one. */
  forWebhook(eventType: string): WebhookFault[] {
    return take(this.#webhooks, (fault) => fault.on === undefined || fault.on === eventType);
  }
}
