import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openTunnel } from "../../src/daemon/tunnels/open-tunnel.ts";
import type { FakeConfig, FakeMode, FakeState } from "./fake-tailscale.ts";
import { createSandbox, funnel, host, never, refusalOf, target } from "./fixture.ts";

const time = { timeout: 30_000 };
const serve = { ...funnel, kind: "tailscale-serve" } as const;

/** What other programs of the user serve already. */
function others(handlers: Record<string, string>, { port = 443, isPublic = false } = {}): FakeConfig {
  const Handlers = Object.fromEntries(Object.entries(handlers).map(([path, Proxy]) => [path, { Proxy }]));
  return {
    TCP: { [port]: { HTTPS: true } },
    Web: { [`${host}:${port}`]: { Handlers } },
    ...(isPublic && { AllowFunnel: { [`${host}:${port}`]: true } }),
  };
}

test("funnel makes the webhook path and the media path public, and nothing else", time, async () => {
  using sandbox = createSandbox();
  const tunnel = await openTunnel(funnel, sandbox.ports, never);
  expect(tunnel.url).toBe(`https://${host}/voice/webhook`);
  expect(sandbox.orders()).toEqual([
    "funnel --bg --yes --https=443 --set-path=/voice/webhook http://127.0.0.1:3334/voice/webhook",
    "funnel --bg --yes --https=443 --set-path=/voice/stream http://127.0.0.1:3334/voice/stream",
  ]);
  await tunnel[Symbol.asyncDispose]();
  expect(sandbox.state().config).toEqual({ TCP: {}, Web: {}, AllowFunnel: {} });
  expect(sandbox.orders().slice(2)).toEqual([
    "funnel --yes --https=443 --set-path=/voice/stream off",
    "funnel --yes --https=443 --set-path=/voice/webhook off",
  ]);
  expect(existsSync(sandbox.recordFile)).toBe(false);
  expect(sandbox.clock.waiting).toBe(0);
});

test("serve uses its own path and port, and the path on this machine need not be the same", time, async () => {
  using sandbox = createSandbox();
  const ports = { ...sandbox.ports, target: { port: 3334, path: "/voice/webhook" } };
  await using tunnel = await openTunnel({ kind: "tailscale-serve", path: "/phone", port: 8443 }, ports, never);
  expect(tunnel.url).toBe(`https://${host}:8443/phone`);
  expect(sandbox.state().config.Web).toEqual({
    [`${host}:8443`]: { Handlers: { "/phone": { Proxy: "http://127.0.0.1:3334/voice/webhook" } } },
  });
  expect(sandbox.state().config.AllowFunnel).toBeUndefined();
});

test("other paths of the port stay as they were, from opening to closing", time, async () => {
  const config = others({ "/": "http://127.0.0.1:8080", "/voice": "http://127.0.0.1:9" }, { isPublic: true });
  using sandbox = createSandbox({ config });
  const tunnel = await openTunnel(funnel, sandbox.ports, never);
  expect(Object.keys(sandbox.state().config.Web?.[`${host}:443`]?.Handlers ?? {})).toHaveLength(4);
  await tunnel[Symbol.asyncDispose]();
  expect(sandbox.state().config).toEqual(config);
  expect(sandbox.orders().join("\n")).not.toContain("reset");
});

const conflicts: [string, FakeConfig, typeof funnel, string][] = [
  [
    "a path of somebody else",
    others({ "/voice/webhook": "http://127.0.0.1:9999/x" }, { isPublic: true }),
    funnel,
    "already leads to something else",
  ],
  [
    "a media path of somebody else",
    others({ "/voice/stream": "http://127.0.0.1:9/x" }, { isPublic: true }),
    funnel,
    "/voice/stream on port 443",
  ],
  [
    "private paths that funnel would publish",
    others({ "/": "http://127.0.0.1:8080" }),
    funnel,
    "would put them on the Internet",
  ],
  [
    "public paths that serve would hide",
    others({ "/": "http://127.0.0.1:8080" }, { isPublic: true }),
    serve,
    "would take them off the Internet",
  ],
  ["a port that forwards TCP", { TCP: { 443: { TCPForward: "127.0.0.1:22" } } }, funnel, "something other than https"],
];

test.for(conflicts)("%s: refused, nothing is touched", time, async ([, config, settings, words]) => {
  using sandbox = createSandbox({ config });
  const refusal = await refusalOf(openTunnel(settings, sandbox.ports, never));
  expect(refusal.message).toContain(words);
  expect(refusal.hint).toContain("tailscale.port");
  expect(sandbox.orders()).toEqual([]);
  expect(sandbox.state().config).toEqual(config);
});

const unready: [string, Partial<FakeState>, string, string][] = [
  ["the daemon is down", { mode: "notrunning" }, "daemon is not running", "systemctl start tailscaled"],
  ["logged out", { backendState: "NeedsLogin" }, "not logged in", "tailscale up"],
  ["stopped", { backendState: "Stopped" }, "stopped", "tailscale up"],
  ["not approved", { backendState: "NeedsMachineAuth" }, "waits for approval", "admin/machines"],
  ["starting", { backendState: "Starting" }, "not running yet (Starting)", "try again"],
  ["no DNS name", { dnsName: "" }, "no Tailscale DNS name", "MagicDNS"],
  ["HTTPS off", { certDomains: null, capMap: { funnel: null } }, "HTTPS is off", "HTTPS Certificates"],
  [
    "funnel not allowed",
    { capMap: { https: null } },
    "Funnel is not allowed",
    "https://login.tailscale.com/f/funnel?node=nFAKE1",
  ],
  ["an answer that is no JSON", { mode: "garbage" }, "something unknown", "update Tailscale"],
];

test.for(unready)("%s: said with the way out before anything is changed", time, async ([, changes, words, way]) => {
  using sandbox = createSandbox(changes);
  const refusal = await refusalOf(openTunnel(funnel, sandbox.ports, never));
  expect(refusal.message).toContain(words);
  expect(refusal.hint).toContain(way);
  expect(sandbox.orders()).toEqual([]);
  expect(existsSync(sandbox.recordFile)).toBe(false);
});

const texts: [FakeMode, string, string][] = [
  ["loggedout", "not logged in", "tailscale up"],
  ["noperm", "does not let this user", "--operator=$USER"],
  ["https-off", "HTTPS is off", "admin/dns"],
  ["no-attribute", "Funnel is not allowed", "no-funnel"],
  ["shields-up", "shields are up", "--shields-up=false"],
  ["foreground", "another program uses this port", "tailscale serve status"],
  ["legacy", "another generation", "update Tailscale"],
  ["funnel-exit0", "turned on for your tailnet", "https://login.tailscale.com/f/funnel?node=nFAKE1"],
];

test.for(texts)("the command says %s: told in our words, nothing is left", time, async ([mode, words, way]) => {
  using sandbox = createSandbox({ mode });
  const refusal = await refusalOf(openTunnel(funnel, sandbox.ports, never));
  expect(refusal.message).toContain(words);
  expect(refusal.hint).toContain(way);
  expect(sandbox.state().config).toEqual({});
  expect(existsSync(sandbox.recordFile)).toBe(false);
});

test(
  "a port that Funnel does not have is refused by the status, and by the command if the status is silent",
  time,
  async () => {
    using sandbox = createSandbox();
    const bad = { ...funnel, port: 9000 };
    const early = await refusalOf(openTunnel(bad, sandbox.ports, never));
    expect(early.toJSON()).toEqual({
      code: "CONFIG_INVALID",
      message: "Funnel does not allow port 9000",
      hint: "set `tailscale.port` to one of 443,8443,10000",
    });
    expect(sandbox.orders()).toEqual([]);
    sandbox.change({ capMap: {} });
    expect((await refusalOf(openTunnel(bad, sandbox.ports, never))).toJSON()).toEqual(early.toJSON());
    expect(sandbox.orders()).toHaveLength(1);
  },
);

test("no tailscale on the PATH", async () => {
  using sandbox = createSandbox();
  const ports = { ...sandbox.ports, run: () => Promise.resolve({ kind: "missing" } as const) };
  const refusal = await refusalOf(openTunnel(funnel, ports, never));
  expect(refusal.code).toBe("UNSUPPORTED");
  expect(refusal.hint).toContain("https://tailscale.com/download");
});

test("a command that waits for the user in a browser is stopped, and the page is named", time, async () => {
  using sandbox = createSandbox({ mode: "funnel-blocked" }, 2500);
  const refusal = await refusalOf(openTunnel(funnel, sandbox.ports, never));
  expect(refusal.hint).toContain("https://login.tailscale.com/f/funnel?node=nFAKE1");
  for (const pid of sandbox.pids()) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("an abort ends a command that hangs, and leaves no process", time, async () => {
  using sandbox = createSandbox({ mode: "slow" });
  const giveUp = new AbortController();
  const opening = refusalOf(openTunnel(funnel, sandbox.ports, giveUp.signal));
  await expect.poll(() => sandbox.pids(), { timeout: 10_000 }).toHaveLength(1);
  giveUp.abort();
  expect((await opening).code).toBe("ABORTED");
  await expect.poll(() => sandbox.pids().filter(isAlive), { timeout: 5000 }).toEqual([]);
  expect((await refusalOf(openTunnel(funnel, sandbox.ports, giveUp.signal))).code).toBe("ABORTED");
  expect(sandbox.pids()).toHaveLength(1);
});

test("an abort half-way takes down what was made", time, async () => {
  using sandbox = createSandbox();
  const giveUp = new AbortController();
  const { run } = sandbox.ports;
  const ports: typeof sandbox.ports = {
    ...sandbox.ports,
    run: async (command) => {
      const result = await run?.(command);
      if (command.args.includes("--bg")) giveUp.abort();
      return result ?? { kind: "missing" };
    },
  };
  expect((await refusalOf(openTunnel(funnel, ports, giveUp.signal))).code).toBe("ABORTED");
  expect(sandbox.orders().filter((order) => order.includes("--bg"))).toHaveLength(1);
  expect(sandbox.state().config.Web).toEqual({});
  expect(existsSync(sandbox.recordFile)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("another client in between: tried once more, not for ever", time, async () => {
  using sandbox = createSandbox({ races: 1 });
  const tunnel = await openTunnel(funnel, sandbox.ports, never);
  expect(sandbox.orders()).toHaveLength(3);
  sandbox.change({ races: 1 });
  await tunnel[Symbol.asyncDispose]();
  expect(sandbox.state().config.Web).toEqual({});
  sandbox.change({ races: 9 });
  const refusal = await refusalOf(openTunnel(funnel, sandbox.ports, never));
  expect(refusal.message).toContain("keep changing");
  expect(sandbox.state().races).toBe(7);
});

test("what the user made is used and stays", time, async () => {
  const Proxy = "http://127.0.0.1:3334/voice/webhook";
  const config = others({ "/voice/webhook": Proxy }, { isPublic: true });
  using sandbox = createSandbox({ config });
  const ports = { ...sandbox.ports, target: { port: 3334, path: "/voice/webhook" } };
  const tunnel = await openTunnel(funnel, ports, never);
  expect(tunnel.url).toBe(`https://${host}/voice/webhook`);
  await tunnel[Symbol.asyncDispose]();
  expect(sandbox.orders()).toEqual([]);
  expect(sandbox.state().config).toEqual(config);
});

test("closing leaves a path alone that leads elsewhere by now, and never throws", time, async () => {
  using sandbox = createSandbox();
  const tunnel = await openTunnel(funnel, sandbox.ports, never);
  const config = others({ "/voice/webhook": "http://127.0.0.1:9/theirs" }, { isPublic: true });
  sandbox.change({ config });
  await tunnel[Symbol.asyncDispose]();
  expect(sandbox.state().config).toEqual(config);
  const again = await openTunnel({ ...funnel, port: 8443 }, sandbox.ports, never);
  sandbox.change({ mode: "notrunning" });
  await again[Symbol.asyncDispose]();
  expect(sandbox.lines.filter((line) => line.startsWith("warn"))).toHaveLength(2);
  expect(JSON.parse(readFileSync(sandbox.recordFile, "utf8"))).toMatchObject({
    mounts: [{ path: "/voice/webhook" }, { path: target.streamPath }],
  });
});

test("the watch tells when somebody resets Tailscale, and when all is well again", time, async () => {
  using sandbox = createSandbox();
  await using tunnel = await openTunnel(funnel, sandbox.ports, never);
  const { config } = sandbox.state();
  const told: (string | undefined)[] = [];
  tunnel.onChange(() => void told.push(tunnel.problem?.message));
  const looked = async (changes: Partial<FakeState>, message: string | undefined): Promise<void> => {
    sandbox.change(changes);
    await sandbox.clock.advance(300_000);
    await expect.poll(() => told.at(-1), { timeout: 10_000 }).toBe(message);
    await expect.poll(() => sandbox.clock.waiting, { timeout: 10_000 }).toBe(1);
  };
  await looked({ config: {} }, "somebody took /voice/webhook off Tailscale");
  await looked({ config }, undefined);
  await looked({ dnsName: "moved.tail1234.ts.net." }, "this machine's Tailscale name is now moved.tail1234.ts.net");
  await looked({ mode: "notrunning" }, "the Tailscale daemon is not running");
  await looked({ mode: "ok", dnsName: `${host}.` }, undefined);
  expect(told).toHaveLength(5);
});

test("a record that cannot be written keeps the mount from being made", time, async () => {
  using sandbox = createSandbox();
  const ports = { ...sandbox.ports, stateDir: `${sandbox.recordFile}.no/such` };
  expect((await refusalOf(openTunnel(funnel, ports, never))).code).toBe("STORE_FAILED");
  expect(sandbox.orders()).toEqual([]);
  writeFileSync(sandbox.recordFile, "{ half");
  await using tunnel = await openTunnel(funnel, sandbox.ports, never);
  expect(tunnel.problem).toBeUndefined();
  expect(sandbox.lines.join("\n")).toContain("record of Tailscale mounts cannot be read");
});
