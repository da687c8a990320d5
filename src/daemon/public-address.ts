// The public URL: that of the configuration, or that of a tunnel, whose lifetime is owned here.
import { CallError } from "../call/error.ts";
import type { Problem, Tunnels, TunnelStatus } from "../router/context.ts";
import type { Config } from "./config/schema.ts";
import { chooseTunnel, otherPublicUrl } from "./tunnels/choice.ts";
import { tunnelAborted } from "./tunnels/failure.ts";
import { firstRetryMs, TunnelKeeper } from "./tunnels/keeper.ts";
import type { ProbeResult } from "./tunnels/probe.ts";
import { reapTunnels } from "./tunnels/reap.ts";
import type { Tunnel, TunnelPorts, TunnelSettings, TunnelTarget } from "./tunnels/tunnel.ts";

export interface PublicAddressPorts extends Omit<TunnelPorts, "target"> {
  /** The configuration in force; throws while it is wrong. */
  config(): Config;
  /** Where webhooks arrive on this machine; undefined while nothing listens. */
  listenerPort(): number | undefined;
  /** Asks through the public URL who answers there. Never throws. */
  probe(url: string): Promise<ProbeResult>;
}

/** How long a call waits for a tunnel that is being opened. */
const patienceMs = 20_000;

export class PublicAddress implements Tunnels, AsyncDisposable {
  readonly #ports: PublicAddressPorts;
  readonly #keeper: TunnelKeeper;
  /** Somebody has ordered what is open or closed now, or we are ending: the configuration no longer counts. */
  #byOrder = false;
  #reaped = false;
  /** Orders one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: PublicAddressPorts) {
    this.#ports = ports;
    this.#keeper = new TunnelKeeper({
      ...ports,
      target: () => this.#target(),
      noticed: (tunnel) => void this.#look(tunnel),
    });
  }

  /** The exact URL that the carrier of a configuration calls. @throws CallError `CONFIG_INVALID` while there is none. */
  urlFor({ publicUrl }: Config): string {
    const url = publicUrl ?? this.#keeper.tunnel?.url;
    if (url !== undefined) return url;
    if (this.#keeper.opening !== undefined) {
      throw new CallError("CONFIG_INVALID", "the tunnel is not open yet, so there is no public URL", {
        hint: "try again in a moment; `voicecall daemon status` tells when it is open",
      });
    }
    throw this.#problem ?? nowhere();
  }

  /** Undefined while there is none. */
  get known(): string | undefined {
    try {
      return this.urlFor(this.#ports.config());
    } catch {
      return undefined;
    }
  }

  /** Whether a tunnel stands, which somebody outside may be about to use. */
  get isOpen(): boolean {
    return this.#keeper.tunnel !== undefined;
  }

  get problems(): Problem[] {
    return this.#problem === undefined ? [] : [this.#problem.toJSON()];
  }

  /** Opens, in the background, the tunnel that the configuration asks for; what a crash left behind is taken down. */
  begin(): void {
    if (this.#byOrder || this.isOpen || this.#keeper.opening !== undefined) return;
    const wanted = this.#wanted();
    // A Tailscale tunnel looks after what is left by itself: it takes over what it can use.
    if (!this.#reaped && (wanted === undefined || wanted.kind === "ngrok")) {
      void this.#inTurn(() => reapTunnels(this.#ports));
    }
    this.#reaped = true;
    if (wanted !== undefined) void this.#keeper.open(wanted, firstRetryMs);
  }

  /** Waits for a tunnel that is being opened, within bounds, whatever becomes of it. */
  opened(): Promise<void> {
    return this.#keeper.opened(patienceMs);
  }

  /** Waits for a tunnel that is being opened. @throws CallError when the carrier could not reach us. */
  async ready(): Promise<void> {
    await this.opened();
    this.urlFor(this.#ports.config());
    if (this.#problem !== undefined) throw this.#problem;
  }

  status(): TunnelStatus {
    const { tunnel, opening, failed } = this.#keeper;
    const problem = this.#problem?.toJSON();
    const told = problem !== undefined && { problem };
    if (tunnel !== undefined) return { kind: tunnel.kind, state: "open", url: tunnel.url, ...told };
    if (opening !== undefined) return { kind: opening, state: "opening", ...told };
    return failed === undefined ? { kind: "none", state: "closed" } : { kind: failed.kind, state: "failed", ...told };
  }

  async open({ mode, path, port }: Parameters<Tunnels["open"]>[0]): Promise<TunnelStatus> {
    const { serve, tailscale } = this.#ports.config();
    const kind = `tailscale-${mode}` as const;
    const settings = { kind, path: path ?? tailscale.path ?? serve.path, port: port ?? tailscale.port };
    this.#target();
    return this.#order(async () => {
      await this.#keeper.open(settings);
      if (!this.isOpen) throw this.#keeper.failed?.error ?? tunnelAborted();
    });
  }

  close(): Promise<TunnelStatus> {
    return this.#order(() => Promise.resolve());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Whatever stands or is being opened goes first. */
  #order(work: () => Promise<void>): Promise<TunnelStatus> {
    this.#byOrder = true;
    this.#keeper.abort();
    return this.#inTurn(async () => {
      await this.#keeper.end();
      await work();
      return this.status();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #target(): TunnelTarget {
    const port = this.#ports.listenerPort();
    if (port !== undefined) return { port, path: this.#ports.config().serve.path };
    throw new CallError("CONFIG_INVALID", "nothing listens for webhooks, so a tunnel would lead nowhere", {
      hint: "set `provider` to a carrier and free its `serve.port`; the mock carrier needs no tunnel",
    });
  }

  /** Undefined, too, while the configuration is wrong or nothing listens: then there is nothing to lead to. */
  #wanted(): TunnelSettings | undefined {
    if (this.#ports.listenerPort() === undefined) return undefined;
    try {
      return chooseTunnel(this.#ports.config());
    } catch {
      return undefined;
    }
  }

  get #problem(): CallError | undefined {
    const { tunnel, failed } = this.#keeper;
    return tunnel === undefined ? failed?.error : (tunnel.problem ?? this.#clash(tunnel));
  }

  #clash({ url }: Tunnel): CallError | undefined {
    try {
      return otherPublicUrl(this.#ports.config().publicUrl, url);
    } catch {
      return undefined;
    }
  }

  /** Whether what the tunnel says of itself is true from outside, and goes with the configuration. */
  async #look(tunnel: Tunnel): Promise<void> {
    const { log, probe } = this.#ports;
    const problem = this.#problem;
    if (problem !== undefined) return log.error({ code: problem.code, hint: problem.hint }, problem.message);
    const { url } = tunnel;
    const found = await probe(url);
    if (this.#keeper.tunnel !== tunnel || tunnel.url !== url) return;
    if (found.kind === "ok") log.info({ url }, "the public URL leads to this daemon");
    else log.warn({ url, ...found }, "the public URL was not seen to lead to this daemon");
  }
}

function nowhere(): CallError {
  return new CallError("CONFIG_INVALID", "there is no public URL, so the carrier cannot reach this machine", {
    hint: "set `publicUrl` to the https URL that leads to the webhook listener, or open a tunnel with `voicecall expose`",
  });
}
