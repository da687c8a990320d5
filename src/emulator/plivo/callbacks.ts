// The callbacks of one call (ring, machine detection, hang-up): in which order they are sent.
import type { OrderFault, WebhookKind } from "./faults.ts";
import type { FormFields } from "./signature.ts";
import type { Webhook } from "./webhook-sender.ts";

export type CallbackKind = "ring" | "hangup" | "machine";

/** Where Plivo sends something, and how. */
export interface Address {
  readonly url: string;
  readonly method: "GET" | "POST";
}

export interface CallbackPorts {
  readonly callUuid: string;
  /** Null where the application did not ask for the callback. */
  readonly addresses: Readonly<Record<CallbackKind, Address | null>>;
  readonly orderFaults: (kind: CallbackKind) => readonly OrderFault[];
  readonly send: (webhook: Webhook) => Promise<unknown>;
}

interface Held {
  readonly until: WebhookKind;
  readonly deliver: () => Promise<void>;
}

/** Sends one callback after the other, unless a fault says otherwise. */
export class Callbacks {
  readonly #ports: CallbackPorts;
  #queue: Promise<void> = Promise.resolve();
  #held: Held[] = [];

  constructor(ports: CallbackPorts) {
    this.#ports = ports;
  }

  /** Sends the callback if it was asked for. */
  emit(kind: CallbackKind, fields: FormFields): void {
    const { addresses, callUuid, orderFaults, send } = this.#ports;
    const address = addresses[kind];
    if (address === null) {
      return;
    }
    const faults = orderFaults(kind);
    const deliver = async () => {
      await send({ callUuid, kind, ...address, fields });
      await this.delivered(kind);
    };
    const hold = faults.find((fault) => fault.fault === "hold-until");
    if (hold !== undefined) {
      this.#held.push({ until: hold.kind, deliver });
    } else if (faults.some((fault) => fault.fault === "concurrent")) {
      void deliver();
    } else {
      this.#queue = this.#queue.then(deliver);
    }
  }

  /** Sends what waited for a webhook of this kind; after the hang-up everything that still waits. */
  async delivered(kind: WebhookKind): Promise<void> {
    const due = this.#held.filter((held) => held.until === kind || kind === "hangup");
    this.#held = this.#held.filter((held) => !due.includes(held));
    for (const held of due) {
      await held.deliver();
    }
  }
}
