import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { RawWebhook } from "../../src/daemon/carriers/carrier.ts";
import { startPublicListener } from "../../src/daemon/webhooks/public-listener.ts";
import { eventually } from "../support/daemon.ts";

const path = "/voice/webhook";
const signature = "x-twilio-signature";

/** A listener whose carrier accepts the signature `good` and nothing else. */
async function open(allowedHosts: string[] = []) {
  const received: RawWebhook[] = [];
  const listener = await startPublicListener({
    port: 0,
    bind: "127.0.0.1",
    forwarding: { allowedHosts, trustForwardingHeaders: false, trustedProxyIPs: [], ngrokOnLoopback: false },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    proof: () => ({}),
    route: {
      path,
      admits: (headers) => headers[signature] !== undefined,
      handle: async (raw) => {
        received.push(raw);
        if (raw.headers[signature] !== "good") return undefined;
        return { status: 200, contentType: "text/xml", body: "<Response/>" };
      },
    },
  });
  const ask = (target: string, init: RequestInit = {}): Promise<Response> => {
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      [signature]: "good",
      ...Object.fromEntries(new Headers(init.headers)),
    };
    return fetch(`http://127.0.0.1:${listener.port}${target}`, { method: "POST", body: "a=1", ...init, headers });
  };
  return { listener, received, ask, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}

/** A request whose body never comes, and the first line that it is answered with. */
function slow(port: number): { socket: Socket; status: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\n${signature}: good\r\nContent-Length: 10\r\n\r\na`;
  const status = new Promise<string>((resolve) => {
    let text = "";
    socket.on("connect", () => socket.write(head));
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text.split("\r\n", 1)[0] ?? ""));
  });
  return { socket, status };
}

describe("the public listener", () => {
  test.each([
    ["/", 404],
    ["/voice", 404],
    [`${path}XYZ`, 404],
    [`${path}//`, 404],
    ["/voice/../voice/webhook%2f", 404],
    ["/trpc/system.health", 404],
    [path, 200],
    [`${path}/`, 200],
    [`${path}?callId=c&step=1`, 200],
  ])("serves the exact webhook path and nothing else: %s is %i (openclaw #31930)", async (target, status) => {
    await using home = await open();
    expect((await home.ask(target)).status).toBe(status);
    expect(home.received).toHaveLength(status === 200 ? 1 : 0);
  });

  test("takes POST alone and says so", async () => {
    await using home = await open();
    const refused = await home.ask(path, { method: "GET", body: null });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("refuses an unsigned request before its body is read, and a wrong signature (GHSA-c37p-4qqg-3p76)", async () => {
    await using home = await open();
    const unsigned = await fetch(`http://127.0.0.1:${home.listener.port}${path}`, { method: "POST", body: "a=1" });
    expect(unsigned.status).toBe(401);
    expect(home.received).toEqual([]);
    expect((await home.ask(path, { headers: { [signature]: "bad" } })).status).toBe(401);
  });

  test("reads 64 KB and no byte more, announced or not (GHSA-rm59-992w-x2mv)", async () => {
    await using home = await open();
    expect((await home.ask(path, { body: "x".repeat(65_536) })).status).toBe(200);
    expect((await home.ask(path, { body: "x".repeat(65_537) })).status).toBe(413);
    const stream = new Blob(["x".repeat(40_000), "x".repeat(40_000)]).stream();
    const chunked = await home.ask(path, { body: stream, duplex: "half" });
    expect(chunked.status).toBe(413);
    expect(home.received).toHaveLength(1);
  });

  test("gives a body five seconds (GHSA-rm59-992w-x2mv)", async () => {
    await using home = await open();
    const began = performance.now();
    expect(await slow(home.listener.port).status).toContain("408");
    expect(performance.now() - began).toBeLessThan(9000);
  });

  test("lets the carrier through beside many slow bodies of others: the oldest gives way (openclaw #66027)", async () => {
    await using home = await open();
    const crowd = Array.from({ length: 40 }, () => slow(home.listener.port));
    await eventually(() => crowd.every(({ socket }) => socket.bytesWritten > 0));
    expect((await home.ask(path)).status).toBe(200);
    expect(await crowd[0]?.status).toContain("429");
    for (const { socket } of crowd) socket.destroy();
  });

  test("refuses a host that is not allowed, whatever a stranger writes into forwarding headers (CVE-2026-28465)", async () => {
    await using home = await open(["voice.example.test"]);
    const spoofed = await home.ask(path, { headers: { "x-forwarded-host": "voice.example.test" } });
    expect(spoofed.status).toBe(403);
    expect(home.received).toEqual([]);
  });

  test("survives what is no HTTP at all", async () => {
    await using home = await open();
    for (const garbage of ["\0\0\0\0", "GET\r\n\r\n", "\x16\x03\x01\x02\x00", "POST / HTTP/9.9\r\n\r\n"]) {
      const socket = connect(home.listener.port, "127.0.0.1", () => socket.end(garbage));
      socket.on("error", () => undefined);
      socket.resume();
      await new Promise((resolve) => socket.on("close", resolve));
    }
    expect((await home.ask(path)).status).toBe(200);
  });
});
