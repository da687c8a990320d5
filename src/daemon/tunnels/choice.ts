// Which tunnel the configuration asks for, and whether its keys agree with one another.
import { CallError } from "../../call/error.ts";
import type { TunnelSettings } from "./tunnel.ts";

/** The keys of the configuration that speak of tunnels. */
export interface TunnelKeys {
  publicUrl?: string | undefined;
  serve: { path: string };
  tunnel: {
    provider: "none" | "ngrok" | "tailscale-serve" | "tailscale-funnel";
    ngrokAuthToken?: string | undefined;
    ngrokDomain?: string | undefined;
  };
  tailscale: { mode: "off" | "serve" | "funnel"; path?: string | undefined; port: number };
}

/**
 * @returns undefined when no tunnel is asked for.
 * @throws CallError `CONFIG_INVALID` when keys contradict one another or one is missing.
 */
export function chooseTunnel(keys: TunnelKeys): TunnelSettings | undefined {
  const { tunnel, tailscale, serve } = keys;
  const byMode = tailscale.mode === "off" ? "none" : (`tailscale-${tailscale.mode}` as const);
  const kind = tunnel.provider === "none" ? byMode : tunnel.provider;
  if (byMode !== "none" && kind !== byMode) {
    throw wrong(`\`tunnel.provider\` is ${kind} and \`tailscale.mode\` is ${tailscale.mode}`, "set one of them only");
  }
  if (kind === "none") return undefined;
  const settings = kind === "ngrok" ? ngrok(keys) : { kind, path: tailscale.path ?? serve.path, port: tailscale.port };
  const planned =
    settings.kind === "ngrok" && settings.domain !== undefined
      ? new URL(serve.path, `https://${settings.domain}`).href
      : undefined;
  const clash = planned === undefined ? undefined : otherPublicUrl(keys.publicUrl, planned);
  if (clash !== undefined) throw clash;
  return settings;
}

/** A carrier signs what it calls: a tunnel beside a different `publicUrl` would fail every signature. */
export function otherPublicUrl(publicUrl: string | undefined, tunnelUrl: string): CallError | undefined {
  if (publicUrl === undefined || (URL.canParse(publicUrl) && new URL(publicUrl).href === new URL(tunnelUrl).href)) {
    return undefined;
  }
  return wrong(
    `\`publicUrl\` differs from the tunnel's URL ${tunnelUrl}`,
    "remove `publicUrl`, or turn the tunnel off",
  );
}

function ngrok({ tunnel }: TunnelKeys): TunnelSettings {
  const { ngrokAuthToken: authToken, ngrokDomain: domain } = tunnel;
  if (authToken === undefined || authToken.trim() === "") {
    throw wrong(
      "`tunnel.ngrokAuthToken` is missing",
      "copy it from https://dashboard.ngrok.com/get-started/your-authtoken, or set NGROK_AUTHTOKEN",
    );
  }
  if (domain !== undefined && !/^[a-z\d-]+(\.[a-z\d-]+)+$/i.test(domain)) {
    throw wrong("`tunnel.ngrokDomain` is not a host name", "write it without scheme, port and path: voice.example.com");
  }
  return { kind: "ngrok", authToken: authToken.trim(), domain };
}

function wrong(message: string, hint: string): CallError {
  return new CallError("CONFIG_INVALID", message, { hint });
}
