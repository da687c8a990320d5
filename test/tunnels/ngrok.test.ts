import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import * as ngrok from "@ngrok/ngrok";
import { expect, test } from "vitest";
import { loadForward } from "../../src/daemon/tunnels/ngrok.ts";
import { openTunnel } from "../../src/daemon/tunnels/open-tunnel.ts";
import type { NgrokForward, NgrokListener, NgrokOptions, TunnelPorts } from "../../src/daemon/tunnels/tunnel.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { never, refusalOf, target } from "./fixture.ts";

const authToken = "2fakeAuthtoken+Canary/0123456789";
const settings = { kind: "ngrok", authToken } as const;

class FakeListener implements NgrokListener {
  current: string | null = "https://one.ngrok-free.app";
  closed = 0;
  closing: () => Promise<void> = () => Promise.resolve();

  url(): string | null {
    return this.current;
  }

  close(): Promise<void> {
    this.closed++;
    return this.closing();
  }
}

function fixture(forward?: NgrokForward) {
  const listener = new FakeListener();
  const lines: string[] = [];
  const orders: NgrokOptions[] = [];
  const keep = (fields: Record<string, unknown>, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const clock = createManualClock();
  const ports: TunnelPorts = {
    clock,
    log: { info: keep, warn: keep, error: keep },
    target,
    stateDir: "/nowhere",
    forward: (options) => {
      orders.push(options);
      return forward?.(options) ?? Promise.resolve(listener);
    },
  };
  return { listener, lines, orders, clock, ports };
}

test("opens to the webhook port of this machine with token and domain, and closes", async () => {
  const { listener, orders, ports, clock } = fixture();
  listener.current = "https://voice.example.com";
  const tunnel = await openTunnel({ ...settings, domain: "Voice.example.com" }, ports, never);
  expect(tunnel.url).toBe("https://voice.example.com/voice/webhook");
  const [{ onStatusChange, ...order } = { onStatusChange: undefined }] = orders;
  expect(onStatusChange).toBeTypeOf("function");
  expect(order).toEqual({ addr: "127.0.0.1:3334", proto: "http", authtoken: authToken, domain: "Voice.example.com" });
  await tunnel[Symbol.asyncDispose]();
  expect(listener.closed).toBe(1);
  expect(clock.waiting).toBe(0);
});

test("a URL that changes is told once, and so is a lost connection", async () => {
  const { listener, lines, orders, ports } = fixture();
  const tunnel = await openTunnel(settings, ports, never);
  const told: string[] = [];
  const stop = tunnel.onChange(() => void told.push(`${tunnel.url} ${tunnel.problem?.message ?? "well"}`));
  const status = orders[0]?.onStatusChange;
  status?.("connected");
  expect(told).toEqual([]);
  status?.("closed");
  status?.("closed");
  listener.current = "https://two.ngrok-free.app";
  status?.("connected");
  expect(told).toEqual([
    "https://one.ngrok-free.app/voice/webhook ngrok lost its connection",
    "https://two.ngrok-free.app/voice/webhook ngrok lost its connection",
    "https://two.ngrok-free.app/voice/webhook well",
  ]);
  expect(lines.filter((line) => line.includes("URL changed"))).toHaveLength(1);
  listener.current = null;
  status?.("connected");
  expect(tunnel.url).toBe("https://two.ngrok-free.app/voice/webhook");
  stop();
  await tunnel[Symbol.asyncDispose]();
  status?.("closed");
  expect(told).toHaveLength(3);
  expect(tunnel.problem).toBeUndefined();
});

test("a domain that ngrok does not give is an error, and the tunnel is closed", async () => {
  const { listener, ports } = fixture();
  const refusal = await refusalOf(openTunnel({ ...settings, domain: "voice.example.com" }, ports, never));
  expect(refusal.message).toBe("ngrok opened one.ngrok-free.app in place of voice.example.com");
  listener.current = null;
  expect((await refusalOf(openTunnel(settings, ports, never))).message).toContain("without a URL");
  expect(listener.closed).toBe(2);
});

test("a tunnel that does not come within 15 s is given up, and closed when it comes late", async () => {
  const late = Promise.withResolvers<NgrokListener>();
  const { listener, ports, clock } = fixture(() => late.promise);
  const opening = refusalOf(openTunnel(settings, ports, never));
  await clock.advance(15_000);
  const refusal = await opening;
  expect(refusal.code).toBe("TIMED_OUT");
  expect(refusal.hint).toContain("connect.ngrok-agent.com:443");
  expect(listener.closed).toBe(0);
  late.resolve(listener);
  await expect.poll(() => listener.closed).toBe(1);
  await clock.advance(0);
  expect(clock.waiting).toBe(0);
});

test("an abort ends the wait, and a late failure harms nobody", async () => {
  const late = Promise.withResolvers<NgrokListener>();
  const { ports, clock } = fixture(() => late.promise);
  const giveUp = new AbortController();
  const opening = refusalOf(openTunnel(settings, ports, giveUp.signal));
  giveUp.abort();
  expect((await opening).code).toBe("ABORTED");
  expect(clock.waiting).toBe(0);
  late.reject(new Error(`too late ${authToken}`));
  expect((await refusalOf(openTunnel(settings, ports, giveUp.signal))).code).toBe("ABORTED");
});

test("closing in error or for ever neither throws nor keeps the daemon", async () => {
  const { listener, lines, ports, clock } = fixture();
  const failing = await openTunnel(settings, ports, never);
  listener.closing = () => Promise.reject(new Error(`session of ${authToken} is gone`));
  await failing[Symbol.asyncDispose]();
  const hanging = await openTunnel(settings, ports, never);
  listener.closing = () => new Promise(() => undefined);
  const closing = hanging[Symbol.asyncDispose]();
  await clock.advance(5000);
  await closing;
  expect(lines).toEqual(Array(2).fill("ngrok did not close its tunnel {}"));
});

const refusals: [string, Error, string, string, string][] = [
  [
    "bad token",
    coded("105"),
    "CONFIG_INVALID",
    "shape of this authtoken (ERR_NGROK_105)",
    "dashboard.ngrok.com/get-started",
  ],
  ["revoked token", coded("107"), "CONFIG_INVALID", "revoked", "tunnel.ngrokAuthToken"],
  ["no token", inText("4018"), "CONFIG_INVALID", "verified account", "tunnel.ngrokAuthToken"],
  ["second agent", coded("108"), "TUNNEL_FAILED", "another agent", "dashboard.ngrok.com/agents"],
  ["domain online", inText("334"), "TUNNEL_FAILED", "in use by another tunnel", "tunnel.ngrokDomain"],
  ["bad domain", coded("3004"), "CONFIG_INVALID", "does not accept the domain", "dashboard.ngrok.com/domains"],
  ["unknown code", coded("99999"), "TUNNEL_FAILED", "ERR_NGROK_99999", "docs/errors/err_ngrok_99999"],
  ["unknown failure", new Error(`odd ${authToken}\nmore`), "TUNNEL_FAILED", "odd <authtoken>", "status.ngrok.com"],
];

test.for(refusals)(
  "ngrok says %s: told with the way out and without the token",
  async ([, error, code, words, way]) => {
    const { ports, lines } = fixture(() => Promise.reject(error));
    const refusal = await refusalOf(openTunnel(settings, ports, never));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(words);
    expect(refusal.hint).toContain(way);
    expect([refusal.stack, refusal.cause, JSON.stringify(refusal), ...lines].join("\n")).not.toContain("Canary");
  },
);

function coded(code: string): Error {
  return Object.assign(new Error(`the token ${authToken} and ${encodeURIComponent(authToken)}`), {
    errorCode: `ERR_NGROK_${code}`,
  });
}

function inText(code: string): Error {
  return new Error(`failed to start session: ${authToken}\r\n\nerror_code: ERR_NGROK_${code}`);
}

test("without the package its installation is the hint", async () => {
  const gone = Object.assign(new Error("Cannot find module '@ngrok/ngrok-linux-x64-gnu'"), {
    code: "MODULE_NOT_FOUND",
  });
  const refusal = await refusalOf(loadForward(() => Promise.reject(gone)));
  expect(refusal.code).toBe("UNSUPPORTED");
  expect(refusal.hint).toContain("npm install @ngrok/ngrok");
});

async function listening(onSocket: (socket: Socket) => void): Promise<{ server: Server; address: string }> {
  const server = createServer(onSocket).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, address: `127.0.0.1:${address.port}` };
}

/** The real module, sent to a place on this machine. */
async function realForward(address: string): Promise<NgrokForward> {
  const forward = await loadForward(() => Promise.resolve(ngrok));
  return (options) => forward(Object.assign(options, { server_addr: address }));
}

test("the real module without a network", async () => {
  const { server, address } = await listening(() => undefined);
  server.close();
  await once(server, "close");
  const { ports } = fixture(await realForward(address));
  const refusal = await refusalOf(openTunnel(settings, ports, never));
  expect(refusal.message).toContain("ngrok cannot be reached: failed to connect session");
  expect(refusal.hint).toContain("connect.ngrok-agent.com:443");
  expect(refusal.message).not.toContain("Canary");
});

test("the real module before a server that never answers", async () => {
  const sockets: Socket[] = [];
  const { server, address } = await listening((socket) => void sockets.push(socket.on("error", () => undefined)));
  const { ports, clock } = fixture(await realForward(address));
  const opening = refusalOf(openTunnel(settings, ports, never));
  await expect.poll(() => sockets.length).toBe(1);
  await clock.advance(15_000);
  expect((await opening).code).toBe("TIMED_OUT");
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, "close");
});
