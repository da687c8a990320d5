// The public listener's lifetime: up while the configured carrier sends webhooks, whatever else is wrong.
import { CallError } from "../call/error.ts";
import type { Problem } from "../router/context.ts";
import type { CallPorts } from "./calls/ports.ts";
import type { CarrierSet } from "./carrier-set.ts";
import type { Carrier, CarrierWebhooks } from "./carriers/carrier.ts";
import type { Config } from "./config/schema.ts";
import { handleWebhook } from "./webhooks/ingress.ts";
import { type PublicListener, type PublicRoute, startPublicListener } from "./webhooks/public-listener.ts";

export interface FrontDoorPorts {
  carriers: CarrierSet;
  calls: CallPorts;
  /** The configuration in force; throws while it is wrong. */
  config(): Config;
}

export class FrontDoor implements AsyncDisposable {
  readonly #ports: FrontDoorPorts;
  #listener: PublicListener | undefined;
  #refusal: CallError | undefined;

  constructor(ports: FrontDoorPorts) {
    this.#ports = ports;
  }

  /** `http://host:port/path` on this machine. */
  get listening(): string | undefined {
    return this.#listener?.url;
  }

  get problems(): Problem[] {
    return this.#refusal === undefined ? [] : [this.#refusal.toJSON()];
  }

  /** Opens for a carrier that needs it; a failure is kept as a problem and refuses calls, not the daemon. */
  async open(): Promise<void> {
    if (this.#listener !== undefined || this.#carrier() === undefined) return;
    const { log } = this.#ports.calls;
    const { serve, webhookSecurity } = this.#ports.config();
    try {
      const { allowedHosts } = webhookSecurity;
      this.#listener = await startPublicListener({
        port: serve.port,
        bind: serve.bind,
        allowedHosts,
        log,
        route: this.#route(serve.path),
      });
      this.#refusal = undefined;
      log.info({ url: this.#listener.url }, "webhooks arrive here");
    } catch (error) {
      this.#refusal =
        error instanceof CallError
          ? error
          : new CallError("INTERNAL", "the webhook listener did not start", { cause: error });
      log.error({ code: this.#refusal.code }, this.#refusal.message);
    }
  }

  /** @throws CallError when the carrier's webhooks could not arrive. */
  requireOpen(): void {
    if (this.#refusal !== undefined && this.#carrier() !== undefined) throw this.#refusal;
  }

  #carrier(): (Carrier & { webhooks: CarrierWebhooks }) | undefined {
    return this.#ports.carriers.withWebhooks(this.#ports.config().provider);
  }

  #route(path: string): PublicRoute {
    return {
      path,
      admits: (headers) => {
        const header = this.#carrier()?.webhooks.signatureHeader;
        return (
          header !== undefined && (this.#ports.config().skipSignatureVerification || headers[header] !== undefined)
        );
      },
      handle: async (raw) => {
        const carrier = this.#carrier();
        return carrier && handleWebhook(raw, carrier, this.#ports.calls);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.[Symbol.asyncDispose]();
    this.#listener = undefined;
  }
}
