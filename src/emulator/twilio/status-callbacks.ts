// Status callbacks of one call: which are sent, in which order, with which fields.
import type { Clock } from "../clock.ts";
import type { FinalStatus } from "./emulated-call.ts";
import type { StatusEvent, OrderFault } from "./faults.ts";
import type { FormFields } from "./signature.ts";
import type { Webhook } from "./webhook-sender.ts";

export interface StatusSubscription {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly events: readonly StatusEvent[];
}

export interface StatusCallbackPorts {
  readonly clock: Clock;
  readonly subscription: StatusSubscription | null;
  readonly orderFaults: (event: StatusEvent) => readonly OrderFault[];
  readonly send: (webhook: Omit<Webhook, "sid">) => Promise<unknown>;
}

interface Held {
  readonly until: StatusEvent;
  readonly deliver: () => Promise<void>;
}

/** The words that status callbacks use: those of a call, and `initiated` for a queued one. */
export type CallbackStatus = "initiated" | "ringing" | "in-progress" | FinalStatus;

/** Sends one callback after the other, unless a fault says otherwise. */
export class StatusCallbacks {
  readonly #ports: StatusCallbackPorts;
  #sequence = 0;
  #queue: Promise<void> = Promise.resolve();
  #held: Held[] = [];

  constructor(ports: StatusCallbackPorts) {
    this.#ports = ports;
  }

  /** Sends the callback when it was asked for, with the call's fields. */
  emit(status: CallbackStatus, fields: FormFields): void {
    const event = eventOf(status);
    const { subscription, orderFaults } = this.#ports;
    if (subscription === null || !subscription.events.includes(event)) {
      return;
    }
    const webhook = this.#webhook(subscription, status, fields);
    const faults = orderFaults(event);
    const deliver = async () => {
      await this.#ports.send(webhook);
      await this.#release(event);
    };
    const hold = faults.find((fault) => fault.fault === "hold-until");
    if (hold !== undefined) {
      this.#held.push({ until: hold.event, deliver });
    } else if (faults.some((fault) => fault.fault === "concurrent")) {
      void deliver();
    } else {
      this.#queue = this.#queue.then(deliver);
    }
  }

  #webhook({ url, method }: StatusSubscription, status: CallbackStatus, fields: FormFields): Omit<Webhook, "sid"> {
    const sequence = this.#sequence;
    this.#sequence += 1;
    return {
      kind: "status",
      event: eventOf(status),
      url,
      method,
      fields: [
        ...fields.filter(([name]) => name !== "CallStatus"),
        ["CallStatus", status],
        ["CallbackSource", "call-progress-events"],
        ["SequenceNumber", String(sequence)],
        ["Timestamp", rfc2822(this.#ports.clock.now())],
      ],
    };
  }

  /** Sends what waited for this event; after the last event everything that still waits. */
  async #release(event: StatusEvent): Promise<void> {
    const due = this.#held.filter((held) => held.until === event || event === "completed");
    this.#held = this.#held.filter((held) => !due.includes(held));
    for (const held of due) {
      await held.deliver();
    }
  }
}

function eventOf(status: CallbackStatus): StatusEvent {
  switch (status) {
    case "initiated":
    case "ringing":
      return status;
    case "in-progress":
      return "answered";
    default:
      return "completed";
  }
}

/** A moment as Twilio writes it: `Tue, 06 Jan 2026 10:00:00 +0000`. */
export function rfc2822(epochMs: number): string {
  return new Date(epochMs).toUTCString().replace("GMT", "+0000");
}
