// The sections on how webhooks reach this machine; see sections.ts for the marks.
import { isIP } from "node:net";
import * as z from "zod";
import { isNetwork } from "./address.ts";

const notAPath = "is not a path: it begins with `/` and holds no `?`, `#` or space";

function isPath(text: string): boolean {
  return /^\/[^\s?#]*$/.test(text);
}

export const serve = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(3334)
    .describe("Port on this machine where webhooks arrive; 0 takes a free one.")
    .meta({ restart: true }),
  bind: z
    .string()
    .refine((text) => text === "localhost" || isIP(text) !== 0, "is neither an IP address nor `localhost`")
    .default("127.0.0.1")
    .describe("Address to listen on for webhooks; `0.0.0.0` listens on all of them.")
    .meta({ restart: true }),
  path: z
    .string()
    .refine(isPath, notAPath)
    .default("/voice/webhook")
    .describe("Path at which webhooks arrive, exactly.")
    .meta({ restart: true }),
});

export const webhookSecurity = z.strictObject({
  allowedHosts: z
    .array(
      z
        .string()
        .toLowerCase()
        .refine((text) => /^([\w.-]+|\[[\da-f:.]+\])$/.test(text), "is not a host name without scheme, port and path"),
    )
    .max(100)
    .default([])
    .describe("Host names that webhooks may be addressed to; an empty list allows every name.")
    .meta({ restart: true }),
  trustForwardingHeaders: z
    .boolean()
    .default(false)
    .describe(
      "Takes the URL that a trusted proxy says it was called by (`X-Forwarded-Host` and its like), if its host is one of `allowedHosts`; needs `trustedProxyIPs`.",
    )
    .meta({ restart: true }),
  trustedProxyIPs: z
    .array(z.string().refine(isNetwork, "is not an IP address or a network like 10.0.0.0/8"))
    .max(100)
    .default([])
    .describe("Addresses and networks (`10.0.0.0/8`) of the proxies whose forwarding headers are believed.")
    .meta({ restart: true }),
});

export const tunnel = z.strictObject({
  provider: z
    .enum(["none", "ngrok", "tailscale-serve", "tailscale-funnel"])
    .default("none")
    .describe(
      "Tunnel that the daemon opens for the webhooks and closes at its end; `tailscale-serve` reaches the own tailnet only.",
    )
    .meta({ restart: true }),
  ngrokAuthToken: z
    .string()
    .exactOptional()
    .describe("Authtoken of the ngrok account.")
    .meta({ secret: true, restart: true, env: "NGROK_AUTHTOKEN" }),
  ngrokDomain: z
    .string()
    .exactOptional()
    .describe("Host name reserved in the ngrok account; without one the URL may be new with every start.")
    .meta({ restart: true, env: "NGROK_DOMAIN" }),
  allowNgrokFreeTierLoopbackBypass: z
    .boolean()
    .default(false)
    .describe(
      "Counts the host that the ngrok agent on this machine forwards as one more URL that a signature may be for. What is signed for no such URL is refused all the same: letting it in was a published vulnerability of the original plugin.",
    )
    .meta({ restart: true }),
});

export const tailscale = z.strictObject({
  mode: z
    .enum(["off", "serve", "funnel"])
    .default("off")
    .describe("The same as `tunnel.provider` with `tailscale-serve` or `tailscale-funnel`.")
    .meta({ restart: true }),
  path: z
    .string()
    .refine(isPath, notAPath)
    .exactOptional()
    .describe("Path of the public URL; by default `serve.path`.")
    .meta({ restart: true }),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(443)
    .describe("Port of the public URL; a funnel can have 443, 8443 and 10000.")
    .meta({ restart: true }),
});
