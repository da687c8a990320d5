import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openTunnel } from "../../src/daemon/tunnels/open-tunnel.ts";
import { reapTunnels } from "../../src/daemon/tunnels/reap.ts";
import { createSandbox, funnel, host, never, refusalOf, type Sandbox } from "./fixture.ts";

const time = { timeout: 30_000 };

/** Opens, and then "crashes": nothing is disposed. */
async function crashed(sandbox: Sandbox): Promise<void> {
  await openTunnel(funnel, sandbox.ports, never);
}

test("after a crash, a daemon without a tunnel takes the old paths down", time, async () => {
  using sandbox = createSandbox();
  await crashed(sandbox);
  expect(sandbox.state().config.AllowFunnel).toEqual({ [`${host}:443`]: true });
  await reapTunnels(sandbox.ports);
  expect(sandbox.state().config).toEqual({ TCP: {}, Web: {}, AllowFunnel: {} });
  expect(existsSync(sandbox.recordFile)).toBe(false);
});

test("after a crash, the same tunnel adopts its paths and takes them down at its own end", time, async () => {
  using sandbox = createSandbox();
  await crashed(sandbox);
  const before = sandbox.orders().length;
  const tunnel = await openTunnel(funnel, sandbox.ports, never);
  expect(sandbox.orders()).toHaveLength(before);
  await tunnel[Symbol.asyncDispose]();
  expect(sandbox.state().config.Web).toEqual({});
});

test("after a crash, a tunnel with another port, path or kind replaces the old one", time, async () => {
  using sandbox = createSandbox();
  await crashed(sandbox);
  const ports = { ...sandbox.ports, target: { port: 4444, path: "/voice/webhook" } };
  await using tunnel = await openTunnel({ ...funnel, kind: "tailscale-serve" }, ports, never);
  expect(tunnel.kind).toBe("tailscale-serve");
  const Handlers = { "/voice/webhook": { Proxy: "http://127.0.0.1:4444/voice/webhook" } };
  expect(sandbox.state().config).toEqual({
    TCP: { 443: { HTTPS: true } },
    Web: { [`${host}:443`]: { Handlers } },
    AllowFunnel: {},
  });
});

test("a mount is recorded before it is made", time, async () => {
  using sandbox = createSandbox();
  const { run } = sandbox.ports;
  const recorded: boolean[] = [];
  const ports: typeof sandbox.ports = {
    ...sandbox.ports,
    run: (command) => {
      if (command.args.includes("--bg"))
        recorded.push(readFileSync(sandbox.recordFile, "utf8").includes(String(command.args.at(-1))));
      return run?.(command) ?? Promise.reject(new Error("no runner"));
    },
  };
  await using tunnel = await openTunnel(funnel, ports, never);
  expect(tunnel.problem).toBeUndefined();
  expect(recorded).toEqual([true, true]);
});

test("what cannot be taken down now stays recorded for the next start", time, async () => {
  using sandbox = createSandbox();
  await crashed(sandbox);
  sandbox.change({ mode: "notrunning" });
  await reapTunnels(sandbox.ports);
  expect(existsSync(sandbox.recordFile)).toBe(true);
  expect((await refusalOf(openTunnel(funnel, sandbox.ports, never))).message).toContain("not running");
  sandbox.change({ mode: "ok" });
  await reapTunnels(sandbox.ports);
  expect(sandbox.state().config.Web).toEqual({});
  expect(existsSync(sandbox.recordFile)).toBe(false);
});

test("nothing recorded: no program is run", async () => {
  using sandbox = createSandbox();
  await reapTunnels(sandbox.ports);
  expect(sandbox.pids()).toEqual([]);
});
