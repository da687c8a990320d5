// The public URL: that of the configuration, or that of a tunnel, whose lifetime is owned here.
import { CallError } from "../call/error.ts";
import type { Problem, Tunnels, TunnelStatus } from "../router/context.ts";
import type { Config } from "./config/schema.ts";
import type { Cancel, Deps } from "./deps.ts";
import { chooseTunnel, otherPublicUrl } from "./tunnels/choice.ts";
import { tunnelAborted } from "./tunnels/failure.ts";
import { openTunnel } from "./tunnels/open-tunnel.ts";
import type { ProbeResult } from "./tunnels/probe.ts";
import { reapTunnels } from "./tunnels/reap.ts";
import type { Tunnel, TunnelSettings } from "./tunnels/tunnel.ts";

export interface PublicAddressPorts extends Pick<Deps, "clock" | "log"> {
  stateDir: string;
  /** The configuration in force; throws while it is wrong. */
  config(): Config;
  /** Where webhooks arrive on this machine; undefined while nothing listens. */
  listenerPort(): number | undefined;
  /** Asks through the public URL who answers there. Never throws. */
  probe(url: string): Promise<ProbeResult>;
}

/** How long a call waits for a tunnel that is being opened. */
const patienceMs = 20_000;
const firstRetryMs = 5000;
const longestRetryMs = 300_000;

interface Opening {
  kind: TunnelSettings["kind"];
  ending: AbortController;
  done: Promise<void>;
}

export class PublicAddress implements Tunnels, AsyncDisposable {
  readonly #ports: PublicAddressPorts;
  #opening: Opening | undefined;
  #tunnel: Tunnel | undefined;
  #failed: { kind: TunnelSettings["kind"]; error: CallError } | undefined;
  /** Somebody has ordered what is open or closed now, or we are ending: the configuration no longer counts. */
  #byOrder = false;
  #reaped = false;
  #cancelRetry: Cancel = () => undefined;
  /** Orders one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: PublicAddressPorts) {
    this.#ports = ports;
  }

  /** The exact URL that the carrier of a configuration calls. @throws CallError `CONFIG_INVALID` while there is none. */
  urlFor({ publicUrl }: Config): string {
    const url = publicUrl ?? this.#tunnel?.url;
    if (url !== undefined) return url;
    if (this.#opening !== undefined) {
      throw new CallError("CONFIG_INVALID", "the tunnel is not open yet, so there is no public URL", {
        hint: "try again in a moment; `voicecall status` tells when it is open",
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
    return this.#tunnel !== undefined;
  }

  get problems(): Problem[] {
    return this.#problem === undefined ? [] : [this.#problem.toJSON()];
  }

  /** Opens, in the background, the tunnel that the configuration asks for; what a crash left behind is taken down. */
  begin(): void {
    if (this.#byOrder || this.#opening !== undefined || this.#tunnel !== undefined) return;
    const wanted = this.#wanted();
    if (!this.#reaped && (wanted === undefined || wanted.kind === "ngrok")) {
      void this.#inTurn(() => reapTunnels(this.#ports));
    }
    this.#reaped = true;
    if (wanted !== undefined) void this.#open(wanted, firstRetryMs);
  }

  /** Waits for a tunnel that is being opened, within bounds, whatever becomes of it. */
  async opened(): Promise<void> {
    if (this.#opening === undefined) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#ports.clock.after(patienceMs, resolve);
    await Promise.race([this.#opening.done, late]);
    cancel();
  }

  /** Waits for a tunnel that is being opened. @throws CallError when the carrier could not reach us. */
  async ready(): Promise<void> {
    await this.opened();
    this.urlFor(this.#ports.config());
    if (this.#problem !== undefined) throw this.#problem;
  }

  status(): TunnelStatus {
    const problem = this.#problem?.toJSON();
    const told = problem !== undefined && { problem };
    if (this.#tunnel !== undefined) {
      return { kind: this.#tunnel.kind, state: "open", url: this.#tunnel.url, ...told };
    }
    if (this.#opening !== undefined) return { kind: this.#opening.kind, state: "opening", ...told };
    return this.#failed === undefined
      ? { kind: "none", state: "closed" }
      : { kind: this.#failed.kind, state: "failed", ...told };
  }

  async open({ mode, path, port }: Parameters<Tunnels["open"]>[0]): Promise<TunnelStatus> {
    const { serve, tailscale } = this.#ports.config();
    const kind = `tailscale-${mode}` as const;
    const settings = { kind, path: path ?? tailscale.path ?? serve.path, port: port ?? tailscale.port };
    return this.#order(async () => {
      if (this.#ports.listenerPort() === undefined) throw nothingListens();
      await this.#open(settings);
      if (this.#tunnel === undefined) throw this.#failed?.error ?? tunnelAborted();
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
    this.#opening?.ending.abort();
    return this.#inTurn(async () => {
      await this.#end();
      await work();
      return this.status();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #end(): Promise<void> {
    this.#cancelRetry();
    this.#opening?.ending.abort();
    await this.#opening?.done;
    const tunnel = this.#tunnel;
    this.#tunnel = undefined;
    this.#failed = undefined;
    if (tunnel === undefined) return;
    await tunnel[Symbol.asyncDispose]();
    this.#ports.log.info({ kind: tunnel.kind }, "the tunnel is closed");
  }

  /** Without `retryMs` it is tried once. The promise tells the end of the try, never its failure. */
  #open(settings: TunnelSettings, retryMs?: number): Promise<void> {
    const { kind } = settings;
    this.#cancelRetry();
    const ending = new AbortController();
    const done = this.#try(settings, ending.signal).then(
      () => {
        this.#failed = undefined;
        this.#opening = undefined;
      },
      (error: unknown) => {
        this.#opening = undefined;
        if (ending.signal.aborted) return;
        this.#fail(kind, error);
        const again = retryMs !== undefined && this.#failed?.error.retryable === true;
        if (again) this.#retry(retryMs);
      },
    );
    this.#opening = { kind, ending, done };
    return done;
  }

  async #try(settings: TunnelSettings, signal: AbortSignal): Promise<void> {
    const { log, clock, stateDir } = this.#ports;
    const port = this.#ports.listenerPort();
    if (port === undefined) throw nothingListens();
    const target = { port, path: this.#ports.config().serve.path };
    const tunnel = await openTunnel(settings, { log, clock, stateDir, target }, signal);
    this.#tunnel = tunnel;
    log.info({ kind: settings.kind, url: tunnel.url }, "the tunnel is open");
    tunnel.onChange(() => void this.#look(tunnel));
    void this.#look(tunnel);
  }

  /** Whether what the tunnel says of itself is true from outside, and goes with the configuration. */
  async #look(tunnel: Tunnel): Promise<void> {
    const { log, probe } = this.#ports;
    const problem = this.#problem;
    if (problem !== undefined) return log.error({ code: problem.code, hint: problem.hint }, problem.message);
    const { url } = tunnel;
    const found = await probe(url);
    if (this.#tunnel !== tunnel || tunnel.url !== url) return;
    if (found.kind === "ok") log.info({ url }, "the public URL leads to this daemon");
    else log.warn({ url, ...found }, "the public URL was not seen to lead to this daemon");
  }

  #fail(kind: TunnelSettings["kind"], error: unknown): void {
    const failure =
      error instanceof CallError ? error : new CallError("INTERNAL", "the tunnel did not open", { cause: error });
    this.#failed = { kind, error: failure };
    this.#ports.log.error({ kind, code: failure.code, hint: failure.hint }, failure.message);
  }

  #retry(afterMs: number): void {
    this.#cancelRetry = this.#ports.clock.after(afterMs, () => {
      const wanted = this.#wanted();
      if (wanted === undefined || this.#byOrder || this.#opening !== undefined || this.#tunnel !== undefined) return;
      void this.#open(wanted, Math.min(afterMs * 2, longestRetryMs));
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
    return this.#tunnel === undefined ? this.#failed?.error : (this.#tunnel.problem ?? this.#clash);
  }

  get #clash(): CallError | undefined {
    try {
      return this.#tunnel && otherPublicUrl(this.#ports.config().publicUrl, this.#tunnel.url);
    } catch {
      return undefined;
    }
  }
}

function nowhere(): CallError {
  return new CallError("CONFIG_INVALID", "there is no public URL, so the carrier cannot reach this machine", {
    hint: "set `publicUrl` to the https URL that leads to the webhook listener, or open a tunnel with `voicecall expose`",
  });
}

function nothingListens(): CallError {
  return new CallError("CONFIG_INVALID", "nothing listens for webhooks, so a tunnel would lead nowhere", {
    hint: "set `provider` to a carrier and free its `serve.port`; the mock carrier needs no tunnel",
  });
}
