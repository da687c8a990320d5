// Checks of the tunnel: that its keys agree, and that the carrier can reach what it opens.
import { CallError } from "../../call/error.ts";
import type { Problem } from "../../router/context.ts";
import { chooseTunnel } from "../tunnels/choice.ts";
import { isLoopbackHost } from "./address.ts";
import { isEmulated } from "./carrier-checks.ts";
import { configProblem, keyProblem } from "./problem.ts";
import type { Settings } from "./schema.ts";

const funnelPorts: readonly number[] = [443, 8443, 10_000];

/** Whether a tunnel gives the public URL. */
export function hasTunnel({ tunnel, tailscale }: Settings): boolean {
  return tunnel.provider !== "none" || tailscale.mode !== "off";
}

export function tunnelProblems(settings: Settings): Problem[] {
  if (settings.provider === "mock") return [];
  return [...loopbackBypass(settings), ...(hasTunnel(settings) ? openable(settings) : [])];
}

function loopbackBypass({ tunnel, serve }: Settings): Problem[] {
  if (!tunnel.allowNgrokFreeTierLoopbackBypass) return [];
  const path = "tunnel.allowNgrokFreeTierLoopbackBypass";
  if (tunnel.provider !== "ngrok") return [keyProblem(path, "is for the ngrok tunnel only", "remove it")];
  if (isLoopbackHost(serve.bind)) return [];
  return [
    keyProblem(
      path,
      "believes whoever reaches `serve.bind`, which others than this machine do",
      'remove it, or set `serve.bind` to "127.0.0.1"',
    ),
  ];
}

function openable(settings: Settings): Problem[] {
  try {
    const chosen = chooseTunnel(settings);
    if (chosen === undefined) return [];
    if (chosen.kind === "ngrok") return chosen.domain === undefined ? publicHost(settings, ngrokHost) : [];
    return [...publicHost(settings, tailnetHost), ...tailscaleReach(settings, chosen)];
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [configProblem(error.message, error.hint)];
  }
}

function tailscaleReach(settings: Settings, { kind, port }: { kind: string; port: number }): Problem[] {
  if (kind === "tailscale-funnel") {
    if (funnelPorts.includes(port)) return [];
    return [keyProblem("tailscale.port", "is none that a funnel can have", "use 443, 8443 or 10000")];
  }
  if (isEmulated(settings)) return [];
  const path = settings.tunnel.provider === "none" ? "tailscale.mode" : "tunnel.provider";
  return [
    keyProblem(
      path,
      `serves your tailnet only, where ${settings.provider} cannot reach it`,
      `use ${path === "tailscale.mode" ? '"funnel"' : '"tailscale-funnel"'}, which the Internet can reach`,
    ),
  ];
}

interface Hosts {
  pattern: RegExp;
  tunnel: string;
  hint: string;
}

const ngrokHost: Hosts = {
  pattern: /\.ngrok(-free)?\.(app|dev|io|pizza)$/,
  tunnel: "the ngrok tunnel",
  hint: "remove it, name your own host with `tunnel.ngrokDomain`, or turn the tunnel off",
};

const tailnetHost: Hosts = {
  pattern: /\.ts\.net$/,
  tunnel: "the Tailscale tunnel",
  hint: "remove it, or turn the tunnel off",
};

/** Which name the tunnel gets is known only when it is open; whose it will be is known now. */
function publicHost({ publicUrl }: Settings, { pattern, tunnel, hint }: Hosts): Problem[] {
  const url = publicUrl === undefined ? null : URL.parse(publicUrl);
  if (url === null || pattern.test(url.hostname)) return [];
  return [keyProblem("publicUrl", `leads elsewhere than ${tunnel}`, hint)];
}
