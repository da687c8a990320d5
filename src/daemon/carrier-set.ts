// The carriers in use: the configured one for new calls, and those that older calls still go through.
import { CallError } from "../call/error.ts";
import type { Carriers } from "./calls/carriers.ts";
import type { CarrierPorts, CarrierWebhooks, Carrier } from "./carriers/carrier.ts";
import type { MockCarrier } from "./carriers/mock/index.ts";
import { fingerprint, type OpenCarrier, openCarrier } from "./carriers/registry.ts";
import type { Config } from "./config/schema.ts";

export class CarrierSet implements Carriers, AsyncDisposable {
  readonly #open = new Map<string, OpenCarrier & { madeFrom: string }>();
  readonly #ports: CarrierPorts;
  readonly #newId: (prefix: string) => string;

  constructor(ports: CarrierPorts, newId: (prefix: string) => string) {
    this.#ports = ports;
    this.#newId = newId;
  }

  get(name: string): Carrier | undefined {
    return this.#open.get(name)?.carrier;
  }

  get mock(): MockCarrier | undefined {
    return this.#open.get("mock")?.mock;
  }

  /** Makes the configured carrier. One whose calls are live is replaced only when the last of them is over. */
  async configure(config: Config, live: (carrier: string) => boolean): Promise<void> {
    for (const [name, { carrier }] of this.#open) {
      if (name === config.provider || live(name)) continue;
      this.#open.delete(name);
      await carrier[Symbol.asyncDispose]();
    }
    const known = this.#open.get(config.provider);
    const madeFrom = fingerprint(config);
    if (known !== undefined && (known.madeFrom === madeFrom || live(config.provider))) return;
    this.#open.set(config.provider, { ...openCarrier({ config, ports: this.#ports, newId: this.#newId }), madeFrom });
    await known?.carrier[Symbol.asyncDispose]();
  }

  /** The carrier whose webhooks arrive at the public listener. */
  withWebhooks(provider: string): (Carrier & { webhooks: CarrierWebhooks }) | undefined {
    const carrier = this.get(provider);
    return carrier !== undefined && hasWebhooks(carrier) ? carrier : undefined;
  }

  requireMock(): MockCarrier {
    const { mock } = this;
    if (mock !== undefined) return mock;
    throw new CallError("UNSUPPORTED", "the other side can only be played on the mock carrier", {
      hint: 'set `provider: "mock"` in the configuration',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { carrier } of this.#open.values()) await carrier[Symbol.asyncDispose]();
    this.#open.clear();
  }
}

function hasWebhooks(carrier: Carrier): carrier is Carrier & { webhooks: CarrierWebhooks } {
  return carrier.webhooks !== undefined;
}
