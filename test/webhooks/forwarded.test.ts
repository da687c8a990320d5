import { describe, expect, test } from "vitest";
import { createArrivals } from "../../src/daemon/webhooks/forwarded.ts";

const rules = {
  trustForwardingHeaders: true,
  trustedProxyIPs: ["10.0.0.1", "192.168.0.0/16", "fd00::/8"],
  allowedHosts: ["voice.example.test"],
  ngrokOnLoopback: false,
};
const forwarded = {
  host: "127.0.0.1:3334",
  "x-forwarded-host": "voice.example.test",
  "x-forwarded-proto": "https",
  "x-forwarded-for": "203.0.113.9",
};

describe("forwarding headers", () => {
  test.each(["10.0.0.1", "::ffff:10.0.0.1", "192.168.7.7", "fd00::1"])("count from the trusted proxy %s", (peer) => {
    expect(createArrivals(rules)(forwarded, peer)).toEqual({
      host: "voice.example.test",
      client: "203.0.113.9",
      alsoAt: ["https://voice.example.test"],
    });
  });

  test.each(["203.0.113.1", "127.0.0.1", "::1", "10.0.0.2", ""])(
    "count for nothing from %s (CVE-2026-28465)",
    (peer) => {
      expect(createArrivals(rules)(forwarded, peer)).toMatchObject({ host: "127.0.0.1", alsoAt: [] });
    },
  );

  test("count for nothing while they are not trusted at all", () => {
    const arrival = createArrivals({ ...rules, trustForwardingHeaders: false })(forwarded, "10.0.0.1");
    expect(arrival).toEqual({ host: "127.0.0.1", client: "10.0.0.1", alsoAt: [] });
  });

  test("make no further URL of a host that is not allowed", () => {
    const spoofed = { ...forwarded, "x-forwarded-host": "evil.example.test" };
    expect(createArrivals(rules)(spoofed, "10.0.0.1")).toMatchObject({ host: "evil.example.test", alsoAt: [] });
  });

  test("name the client that the nearest proxy saw, not what stood in the header before", () => {
    const chain = { ...forwarded, "x-forwarded-for": "1.1.1.1, 203.0.113.9, 192.168.0.5" };
    expect(createArrivals(rules)(chain, "10.0.0.1").client).toBe("203.0.113.9");
  });
});

describe("the ngrok agent on this machine", () => {
  const ngrok = { ...rules, trustForwardingHeaders: false, ngrokOnLoopback: true };
  const headers = { host: "abc-123.ngrok-free.app" };

  test("may name one more URL, which the signature must still be for", () => {
    expect(createArrivals(ngrok)(headers, "127.0.0.1").alsoAt).toEqual(["https://abc-123.ngrok-free.app"]);
  });

  test.each([
    ["203.0.113.1", "abc.ngrok-free.app"],
    ["127.0.0.1", "evil.example.test"],
    ["127.0.0.1", "abc.ngrok-free.app.evil.test"],
  ])("is not what %s with the host %s is", (peer, host) => {
    expect(createArrivals(ngrok)({ host }, peer).alsoAt).toEqual([]);
  });
});
