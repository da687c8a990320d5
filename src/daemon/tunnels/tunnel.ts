// The port of the tunnels: what one is told, what it may use, and what it promises while it stands.
import type { CallError } from "../../call/error.ts";
import type { Clock, Log } from "../deps.ts";
import type { RunCommand } from "./command.ts";

export interface NgrokSettings {
  kind: "ngrok";
  authToken: string;
  /** A host name reserved in the ngrok account; without one the URL is new with every start. */
  domain?: string | undefined;
}

export interface TailscaleSettings {
  /** `serve` reaches the own tailnet only, `funnel` the Internet. */
  kind: "tailscale-serve" | "tailscale-funnel";
  /** Public path of the webhook; need not be the path on this machine. */
  path: string;
  /** Public https port; Funnel allows 443, 8443 and 10000. */
  port: number;
}

export type TunnelSettings = NgrokSettings | TailscaleSettings;

/** Where webhooks arrive on this machine: 127.0.0.1, never the control listener. */
export interface TunnelTarget {
  port: number;
  /** Of the webhooks. */
  path: string;
  /** Of the media sockets; absent while media is off. */
  streamPath?: string | undefined;
}

export interface TunnelPorts {
  clock: Clock;
  log: Log;
  target: TunnelTarget;
  /** Holds the record of what a crash would leave behind. */
  stateDir: string;
  /** ngrok's own `forward`; by default that of `@ngrok/ngrok`. */
  forward?: NgrokForward | undefined;
  /** By default a real process. */
  run?: RunCommand | undefined;
}

/** What `@ngrok/ngrok` is asked for; it changes the object that it gets. */
export interface NgrokOptions {
  addr: string;
  proto: "http";
  authtoken: string;
  domain?: string;
  /** `connected` or `closed`; the session connects again by itself. */
  onStatusChange(status: string): void;
}

export interface NgrokListener {
  url(): string | null;
  close(): Promise<void>;
}

export type NgrokForward = (options: NgrokOptions) => Promise<NgrokListener>;

/** Stands until disposed; disposing takes down what this tunnel made and never throws. */
export interface Tunnel extends AsyncDisposable {
  readonly kind: TunnelSettings["kind"];
  /** Of the webhook path, exactly as a carrier must call it. */
  readonly url: string;
  /** Why the tunnel leads nowhere at present. */
  readonly problem: CallError | undefined;
  /** Called after every change of `url` or `problem`. @returns what ends it. */
  onChange(listener: () => void): () => void;
}
