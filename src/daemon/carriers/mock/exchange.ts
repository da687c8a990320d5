// The legs of the mock: those in use, and for a while those that are over.
import { CallError } from "../../../call/error.ts";
import { MockLeg, type LegPorts } from "./leg.ts";

const rememberedLegs = 100;

export type ExchangePorts = Omit<LegPorts, "ended"> & { newId(prefix: string): string };

export class Exchange {
  readonly #ports: ExchangePorts;
  readonly #open = new Map<string, MockLeg>();
  readonly #over = new Map<string, MockLeg>();
  #closed = false;

  constructor(ports: ExchangePorts) {
    this.#ports = ports;
  }

  /** @throws CallError `CARRIER_UNREACHABLE` once closed. */
  open(): MockLeg {
    if (this.#closed) throw new CallError("CARRIER_UNREACHABLE", "the mock carrier is closed");
    const leg = new MockLeg(this.#ports.newId("mock"), { ...this.#ports, ended: (over) => this.#remember(over) });
    this.#open.set(leg.carrierCallId, leg);
    return leg;
  }

  /** The leg, also when it has been over for a short while. */
  find(carrierCallId: string): MockLeg | undefined {
    return this.#open.get(carrierCallId) ?? this.#over.get(carrierCallId);
  }

  /** Forgets a leg that never came to be. */
  drop(leg: MockLeg): void {
    leg.release();
    this.#open.delete(leg.carrierCallId);
  }

  close(): void {
    this.#closed = true;
    for (const leg of this.#open.values()) leg.release();
    this.#open.clear();
    this.#over.clear();
  }

  #remember(leg: MockLeg): void {
    this.#open.delete(leg.carrierCallId);
    this.#over.set(leg.carrierCallId, leg);
    const [oldest] = this.#over.keys();
    if (oldest !== undefined && this.#over.size > rememberedLegs) this.#over.delete(oldest);
  }
}
