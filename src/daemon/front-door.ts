// The public listener's lifetime: up once a carrier sends webhooks, whatever becomes of the configuration meanwhile.
import { CallError } from "../call/error.ts";
import type { Problem } from "../router/context.ts";
import type { CallPorts } from "./calls/ports.ts";
import type { CarrierSet } from "./carrier-set.ts";
import type { Config } from "./config/schema.ts";
import type { MediaSockets } from "./media/media-sockets.ts";
import { Probe } from "./tunnels/probe.ts";
import { handleWebhook } from "./webhooks/ingress.ts";
import { type PublicListener, type PublicRoute, startPublicListener } from "./webhooks/public-listener.ts";

export interface FrontDoorPorts {
  carriers: CarrierSet;
  calls: CallPorts;
  streams: MediaSockets;
}

export class FrontDoor implements AsyncDisposable {
  /** Asks from outside whether the way leads to here. */
  readonly probe = new Probe();
  readonly #ports: FrontDoorPorts;
  #listener: PublicListener | undefined;
  #openedBy: Config | undefined;
  #refusal: CallError | undefined;

  constructor(ports: FrontDoorPorts) {
    this.#ports = ports;
  }

  /** `http://host:port/path` on this machine. */
  get listening(): string | undefined {
    return this.#listener?.url;
  }

  /** Where media sockets are let in. @throws CallError when nothing listens there. */
  get streamPath(): string {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#openedBy === undefined) throw new CallError("CONFIG_INVALID", "no listener is open for media streams");
    return this.#openedBy.streaming.streamPath;
  }

  /** The one that the system gave, when the configuration leaves it open. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  /** The configuration that the listener was made from, which no later one changes. */
  get openedBy(): Config | undefined {
    return this.#openedBy;
  }

  get problems(): Problem[] {
    return this.#refusal === undefined ? [] : [this.#refusal.toJSON()];
  }

  /** Opens for a carrier that needs it; a failure is kept as a problem and refuses calls, not the daemon. */
  async open(config: Config): Promise<void> {
    const { serve, webhookSecurity, tunnel, streaming } = config;
    if (this.#listener !== undefined || !this.#ports.carriers.needWebhooks) return;
    const { log } = this.#ports.calls;
    try {
      const ngrokOnLoopback = tunnel.provider === "ngrok" && tunnel.allowNgrokFreeTierLoopbackBypass;
      this.#listener = await startPublicListener({
        port: serve.port,
        bind: serve.bind,
        forwarding: { ...webhookSecurity, ngrokOnLoopback },
        proof: (headers) => this.probe.proof(headers),
        log,
        route: this.#route(serve.path),
        streams: {
          path: streaming.streamPath.replace(/\/+$/, ""),
          upgrade: (upgrade) => this.#ports.streams.upgrade(upgrade),
        },
      });
      this.#refusal = undefined;
      this.#openedBy = config;
      log.info({ url: this.#listener.url }, "webhooks arrive here");
    } catch (error) {
      this.#refusal =
        error instanceof CallError
          ? error
          : new CallError("INTERNAL", "the webhook listener did not start", { cause: error });
      log.error({ code: this.#refusal.code }, this.#refusal.message);
    }
  }

  /** False when no carrier sends webhooks. @throws CallError when they could not arrive. */
  requireOpen(): boolean {
    if (!this.#ports.carriers.needWebhooks) return false;
    if (this.#refusal !== undefined) throw this.#refusal;
    return true;
  }

  #route(path: string): PublicRoute {
    return {
      path,
      admits: (headers) => this.#ports.carriers.receiver(headers) !== undefined,
      handle: async (raw) => {
        const carrier = this.#ports.carriers.receiver(raw.headers);
        return carrier && handleWebhook(raw, carrier, this.#ports.calls);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.[Symbol.asyncDispose]();
    this.#listener = undefined;
  }
}
