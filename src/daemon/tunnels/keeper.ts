// Keeps one tunnel at a time: opens it, tries again after a failure that may pass, and takes it down.
import { CallError } from "../../call/error.ts";
import type { Cancel } from "../deps.ts";
import { openTunnel } from "./open-tunnel.ts";
import type { Tunnel, TunnelPorts, TunnelSettings, TunnelTarget } from "./tunnel.ts";

export interface KeeperPorts extends Omit<TunnelPorts, "target"> {
  /** Where a tunnel leads to. Throws while nothing listens there. */
  target(): TunnelTarget;
  /** Told of each tunnel that opens, and of each change to it. */
  noticed(tunnel: Tunnel): void;
}

type Kind = TunnelSettings["kind"];

export const firstRetryMs = 5000;
const longestRetryMs = 300_000;

export class TunnelKeeper {
  readonly #ports: KeeperPorts;
  #opening: { kind: Kind; ending: AbortController; done: Promise<void> } | undefined;
  #tunnel: Tunnel | undefined;
  #failed: { kind: Kind; error: CallError } | undefined;
  #cancelRetry: Cancel = () => undefined;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
  }

  get tunnel(): Tunnel | undefined {
    return this.#tunnel;
  }

  /** What is being opened. */
  get opening(): Kind | undefined {
    return this.#opening?.kind;
  }

  /** Why the last try did not succeed. */
  get failed(): { kind: Kind; error: CallError } | undefined {
    return this.#failed;
  }

  /** Nothing may stand or be opened. The promise tells the end of the try, never its failure; without `retryMs` it is the only one. */
  open(settings: TunnelSettings, retryMs?: number): Promise<void> {
    this.#cancelRetry();
    const { kind } = settings;
    const ending = new AbortController();
    const done = this.#try(settings, ending.signal).catch((error: unknown) => {
      if (ending.signal.aborted) return;
      const failure = this.#fail(kind, error);
      if (retryMs !== undefined && failure.retryable) this.#retry(settings, retryMs);
    });
    this.#opening = { kind, ending, done: done.finally(() => (this.#opening = undefined)) };
    return this.#opening.done;
  }

  /** Waits for the tunnel that is being opened, whatever becomes of it. */
  async opened(withinMs: number): Promise<void> {
    if (this.#opening === undefined) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#ports.clock.after(withinMs, resolve);
    await Promise.race([this.#opening.done, late]);
    cancel();
  }

  /** Gives up the tunnel that is being opened. */
  abort(): void {
    this.#opening?.ending.abort();
  }

  /** Takes down whatever stands or is being opened. Never throws. */
  async end(): Promise<void> {
    this.#cancelRetry();
    this.abort();
    await this.#opening?.done;
    const tunnel = this.#tunnel;
    this.#tunnel = undefined;
    this.#failed = undefined;
    if (tunnel === undefined) return;
    await tunnel[Symbol.asyncDispose]();
    this.#ports.log.info({ kind: tunnel.kind }, "the tunnel is closed");
  }

  async #try(settings: TunnelSettings, signal: AbortSignal): Promise<void> {
    const { noticed, log } = this.#ports;
    const tunnel = await openTunnel(settings, { ...this.#ports, target: this.#ports.target() }, signal);
    this.#tunnel = tunnel;
    this.#failed = undefined;
    log.info({ kind: tunnel.kind, url: tunnel.url }, "the tunnel is open");
    tunnel.onChange(() => noticed(tunnel));
    noticed(tunnel);
  }

  #fail(kind: Kind, error: unknown): CallError {
    const failure =
      error instanceof CallError ? error : new CallError("INTERNAL", "the tunnel did not open", { cause: error });
    this.#failed = { kind, error: failure };
    this.#ports.log.error({ kind, code: failure.code, hint: failure.hint }, failure.message);
    return failure;
  }

  #retry(settings: TunnelSettings, afterMs: number): void {
    const next = Math.min(afterMs * 2, longestRetryMs);
    this.#cancelRetry = this.#ports.clock.after(afterMs, () => void this.open(settings, next));
  }
}
