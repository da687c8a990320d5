// The carriers in use: the configured one for new calls, and those that older calls still go through.
import { CallError } from "../call/error.ts";
import type { Problem } from "../router/context.ts";
import type { Carriers } from "./calls/carriers.ts";
import type { Carrier, CarrierPorts, CarrierWebhooks, RawWebhook } from "./carriers/carrier.ts";
import type { MockCarrier } from "./carriers/mock/index.ts";
import { fingerprint, type OpenCarrier, openCarrier } from "./carriers/registry.ts";
import type { Config } from "./config/schema.ts";
import { isProbe } from "./tunnels/probe.ts";

export interface CarrierSetPorts extends Omit<CarrierPorts, "publicUrl" | "streamUrl"> {
  /** Where the carrier of this configuration reaches us. Throws `CONFIG_INVALID` when there is no such place. */
  publicUrl(config: Config): string;
  /** A media URL at that place, with a token for this call. */
  streamUrl(config: Config, callId: string): string;
}

export class CarrierSet implements Carriers, AsyncDisposable {
  readonly #open = new Map<string, OpenCarrier & { madeFrom: string; config: Config }>();
  readonly #ports: CarrierSetPorts;
  #refusal: CallError | undefined;
  readonly #newId: (prefix: string) => string;

  constructor(ports: CarrierSetPorts, newId: (prefix: string) => string) {
    this.#ports = ports;
    this.#newId = newId;
  }

  get(name: string): Carrier | undefined {
    return this.#open.get(name)?.carrier;
  }

  /** @throws CallError `CONFIG_INVALID` when there is no public place for it. */
  streamUrl(name: string, callId: string): string {
    const { config } = this.#open.get(name) ?? {};
    if (config === undefined) throw new CallError("CONFIG_INVALID", `the carrier ${name} is not configured any more`);
    return this.#ports.streamUrl(config, callId);
  }

  get mock(): MockCarrier | undefined {
    return this.#open.get("mock")?.mock;
  }

  /** Why the configured carrier could not be made, if it could not. */
  get refusal(): CallError | undefined {
    return this.#refusal;
  }

  get problems(): Problem[] {
    return this.#refusal === undefined ? [] : [this.#refusal.toJSON()];
  }

  /** Makes the configured carrier. One whose calls are live is replaced only when the last of them is over. */
  async configure(config: Config, live: (carrier: string) => boolean): Promise<void> {
    for (const name of this.#open.keys()) if (name !== config.provider && !live(name)) await this.#close(name);
    const known = this.#open.get(config.provider);
    const madeFrom = fingerprint(config);
    if (known !== undefined && (known.madeFrom === madeFrom || live(config.provider))) return;
    this.#refusal = undefined;
    await this.#close(config.provider);
    try {
      const ports = {
        ...this.#ports,
        publicUrl: () => this.#ports.publicUrl(config),
        streamUrl: (callId: string) => this.#ports.streamUrl(config, callId),
      };
      const made = openCarrier({ config, ports, newId: this.#newId });
      this.#open.set(config.provider, { ...made, madeFrom, config });
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#refusal = error;
    }
  }

  async #close(name: string): Promise<void> {
    const known = this.#open.get(name);
    this.#open.delete(name);
    await known?.carrier[Symbol.asyncDispose]();
  }

  /** Some call, or the next one, depends on webhooks. */
  get needWebhooks(): boolean {
    return [...this.#open.values()].some(({ carrier }) => hasWebhooks(carrier));
  }

  /** Whose webhook this is, by its signature: the configured carrier's, or that of an older one with live calls. */
  receiver(headers: RawWebhook["headers"]): WebhookCarrier | undefined {
    for (const { carrier, config } of this.#open.values()) {
      if (!hasWebhooks(carrier)) continue;
      const isSigned = headers[carrier.webhooks.signatureHeader] !== undefined;
      if (isSigned || (config.skipSignatureVerification && !isProbe(headers))) return carrier;
    }
    return undefined;
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

type WebhookCarrier = Carrier & { webhooks: CarrierWebhooks };

function hasWebhooks(carrier: Carrier): carrier is WebhookCarrier {
  return carrier.webhooks !== undefined;
}
