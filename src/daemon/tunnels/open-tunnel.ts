// Opens the tunnel that the settings name.
import { openNgrok } from "./ngrok.ts";
import { openTailscale } from "./tailscale.ts";
import type { Tunnel, TunnelPorts, TunnelSettings } from "./tunnel.ts";

/**
 * May take 15 s a step; an abort of `signal` ends the wait and takes down what was made.
 * @throws CallError with the way out in its hint; `ABORTED` after an abort.
 */
export function openTunnel(settings: TunnelSettings, ports: TunnelPorts, signal: AbortSignal): Promise<Tunnel> {
  switch (settings.kind) {
    case "ngrok":
      return openNgrok(settings, ports, signal);
    case "tailscale-serve":
    case "tailscale-funnel":
      return openTailscale(settings, ports, signal);
  }
}
