import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { chooseTunnel, otherPublicUrl, type TunnelKeys } from "../../src/daemon/tunnels/choice.ts";

function keys(changes: Partial<TunnelKeys> = {}): TunnelKeys {
  return {
    serve: { path: "/voice/webhook" },
    tunnel: { provider: "none" },
    tailscale: { mode: "off", port: 443 },
    ...changes,
  };
}

const chosen: [string, Partial<TunnelKeys>, unknown][] = [
  ["none", {}, undefined],
  [
    "ngrok with its domain",
    { tunnel: { provider: "ngrok", ngrokAuthToken: " t ", ngrokDomain: "v.example.com" } },
    { kind: "ngrok", authToken: "t", domain: "v.example.com" },
  ],
  [
    "ngrok beside the same public URL",
    {
      publicUrl: "https://V.example.com/voice/webhook",
      tunnel: { provider: "ngrok", ngrokAuthToken: "t", ngrokDomain: "v.example.com" },
    },
    { kind: "ngrok", authToken: "t", domain: "v.example.com" },
  ],
  [
    "funnel by mode",
    { tailscale: { mode: "funnel", port: 8443 } },
    { kind: "tailscale-funnel", path: "/voice/webhook", port: 8443 },
  ],
  [
    "serve by provider, with a path of its own",
    { tunnel: { provider: "tailscale-serve" }, tailscale: { mode: "off", path: "/phone", port: 443 } },
    { kind: "tailscale-serve", path: "/phone", port: 443 },
  ],
  [
    "both ways to say the same",
    { tunnel: { provider: "tailscale-funnel" }, tailscale: { mode: "funnel", port: 443 } },
    { kind: "tailscale-funnel", path: "/voice/webhook", port: 443 },
  ],
];

test.for(chosen)("%s", ([, changes, expected]) => {
  expect(chooseTunnel(keys(changes))).toEqual(expected);
});

const ngrok = { provider: "ngrok", ngrokAuthToken: "t" } as const;
const refused: [string, Partial<TunnelKeys>, string][] = [
  ["two tunnels", { tunnel: ngrok, tailscale: { mode: "serve", port: 443 } }, "`tailscale.mode` is serve"],
  [
    "two kinds of Tailscale",
    { tunnel: { provider: "tailscale-funnel" }, tailscale: { mode: "serve", port: 443 } },
    "tailscale-funnel",
  ],
  ["ngrok without a token", { tunnel: { provider: "ngrok", ngrokAuthToken: " " } }, "ngrokAuthToken` is missing"],
  ["a domain with a scheme", { tunnel: { ...ngrok, ngrokDomain: "https://v.example.com/" } }, "not a host name"],
  [
    "another public URL",
    { publicUrl: "https://w.example.com/voice/webhook", tunnel: { ...ngrok, ngrokDomain: "v.example.com" } },
    "`publicUrl` differs",
  ],
];

test.for(refused)("%s: refused as a configuration error", ([, changes, words]) => {
  expect(() => chooseTunnel(keys(changes))).toThrow(CallError);
  expect(() => chooseTunnel(keys(changes))).toThrow(words);
});

test("a public URL is the tunnel's in every way of writing it, or it is another one", () => {
  const tunnel = "https://v.example.com/voice/webhook";
  expect(otherPublicUrl(undefined, tunnel)).toBeUndefined();
  expect(otherPublicUrl("https://v.example.com:443/voice/webhook", tunnel)).toBeUndefined();
  expect(otherPublicUrl("https://v.example.com:8443/voice/webhook", tunnel)?.code).toBe("CONFIG_INVALID");
  expect(otherPublicUrl("https://v.example.com/voice/webhook/", tunnel)?.code).toBe("CONFIG_INVALID");
  expect(otherPublicUrl("nonsense", tunnel)?.code).toBe("CONFIG_INVALID");
});
