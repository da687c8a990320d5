import { expect, test } from "vitest";
import { accountSid, authToken, good, load, twilioSection, wrong } from "./fixture.ts";

const { publicUrl, ...tunnelled } = twilioSection;
const emulated = { twilio: { accountSid, authToken, baseUrl: "http://127.0.0.1:4010" } };
const ngrok = { provider: "ngrok", ngrokAuthToken: "token" };

test.for([
  [{ tunnel: ngrok }],
  [{ tunnel: { ...ngrok, ngrokDomain: "voice.example.com" } }],
  [{ tunnel: { ...ngrok, ngrokDomain: "voice.example.com" }, publicUrl }],
  [{ tunnel: ngrok, publicUrl: "https://quick-fox.ngrok-free.app/voice/webhook" }],
  [{ tunnel: { provider: "tailscale-funnel" } }],
  [{ tunnel: { provider: "tailscale-funnel" }, publicUrl: "https://box.tail1234.ts.net/voice/webhook" }],
  [{ tailscale: { mode: "funnel", port: 8443, path: "/voice" } }],
  [{ tunnel: { provider: "tailscale-funnel" }, tailscale: { mode: "funnel", port: 10_000 } }],
  [{ tunnel: { provider: "tailscale-serve" }, tailscale: { port: 4443 }, ...emulated }],
] as const)("with a tunnel no public URL is needed, and one of the tunnel's own host may be there: %#", ([section]) => {
  expect(good(load({ ...tunnelled, ...section }))).toMatchObject(section);
});

test("without a tunnel it is", () => {
  expect(wrong(load({ ...tunnelled, tunnel: { provider: "none", ngrokAuthToken: "token" } }))).toHaveLength(1);
});

const clash = "remove `publicUrl`, or turn the tunnel off";
const tailnet = "remove it, or turn the tunnel off";

test.for([
  [
    { tunnel: { provider: "ngrok" } },
    "`tunnel.ngrokAuthToken` is missing -> copy it from https://dashboard.ngrok.com/get-started/your-authtoken, or set NGROK_AUTHTOKEN",
  ],
  [
    { tunnel: { ...ngrok, ngrokDomain: "https://voice.example.com" } },
    "`tunnel.ngrokDomain` is not a host name -> write it without scheme, port and path: voice.example.com",
  ],
  [
    { tunnel: ngrok, publicUrl },
    "`publicUrl` leads elsewhere than the ngrok tunnel -> remove it, name your own host with `tunnel.ngrokDomain`, or turn the tunnel off",
  ],
  [
    { tunnel: { ...ngrok, ngrokDomain: "other.example.com" }, publicUrl },
    `\`publicUrl\` differs from the tunnel's URL https://other.example.com/voice/webhook -> ${clash}`,
  ],
  [
    { tunnel: { provider: "tailscale-funnel" }, publicUrl },
    `\`publicUrl\` leads elsewhere than the Tailscale tunnel -> ${tailnet}`,
  ],
  [
    { tunnel: { provider: "tailscale-funnel" }, publicUrl: "https://box.ts.net.example.com/voice/webhook" },
    `\`publicUrl\` leads elsewhere than the Tailscale tunnel -> ${tailnet}`,
  ],
  [
    { tailscale: { mode: "funnel", port: 9000 } },
    "`tailscale.port` is none that a funnel can have -> use 443, 8443 or 10000",
  ],
  [
    { tunnel: { provider: "tailscale-serve" } },
    '`tunnel.provider` serves your tailnet only, where twilio cannot reach it -> use "tailscale-funnel", which the Internet can reach',
  ],
  [
    { tailscale: { mode: "serve" } },
    '`tailscale.mode` serves your tailnet only, where twilio cannot reach it -> use "funnel", which the Internet can reach',
  ],
  [
    { tunnel: { ...ngrok }, tailscale: { mode: "funnel" } },
    "`tunnel.provider` is ngrok and `tailscale.mode` is funnel -> set one of them only",
  ],
] as const)("a tunnel that cannot work is refused before it is opened: %#", ([section, line]) => {
  expect(wrong(load({ ...tunnelled, ...section }))).toEqual([line]);
});

test("the mock carrier needs no tunnel, so its keys may be half filled in", () => {
  expect(good(load({ provider: "mock", tunnel: { provider: "ngrok" } })).provider).toBe("mock");
});

test("the loopback bypass is for the ngrok tunnel and a loopback listener", () => {
  const told = (section: object): string[] => wrong(load({ ...tunnelled, ...section }));
  const path = "`tunnel.allowNgrokFreeTierLoopbackBypass`";
  const bypass = { allowNgrokFreeTierLoopbackBypass: true };
  for (const bind of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
    expect(told({ tunnel: { ...ngrok, ...bypass }, serve: { bind } })).toEqual([]);
  }
  for (const bind of ["0.0.0.0", "::", "192.168.1.2", "128.0.0.1"]) {
    expect(told({ tunnel: { ...ngrok, ...bypass }, serve: { bind } })).toEqual([
      `${path} believes whoever reaches \`serve.bind\`, which others than this machine do -> remove it, or set \`serve.bind\` to "127.0.0.1"`,
    ]);
  }
  for (const section of [{ tunnel: bypass, publicUrl }, { tunnel: { ...bypass, provider: "tailscale-funnel" } }]) {
    expect(told(section)).toEqual([`${path} is for the ngrok tunnel only -> remove it`]);
  }
});

test("forwarding headers are trusted only with names and proxies", () => {
  const allowedHosts = ["voice.example.com"];
  const trustedProxyIPs = ["10.0.0.0/8"];
  const told = (lists: object): string[] =>
    wrong(load({ ...twilioSection, webhookSecurity: { trustForwardingHeaders: true, ...lists } }));
  const refusal = (lists: string): string[] => [
    `\`webhookSecurity.trustForwardingHeaders\` would believe what anybody can write -> fill ${lists}, or remove it: with \`publicUrl\` no header is needed`,
  ];
  expect(told({})).toEqual(refusal("`webhookSecurity.allowedHosts` and `webhookSecurity.trustedProxyIPs`"));
  expect(told({ allowedHosts })).toEqual(refusal("`webhookSecurity.trustedProxyIPs`"));
  expect(told({ trustedProxyIPs })).toEqual(refusal("`webhookSecurity.allowedHosts`"));
  expect(told({ allowedHosts, trustedProxyIPs })).toEqual([]);
});
