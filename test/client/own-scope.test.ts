// A daemon that is started inside a systemd unit: in a scope of its own, else beside its starter with a notice.
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { inOwnScope, serviceOf } from "../../src/client/own-scope.ts";
import { isAlive } from "../../src/client/record.ts";
import { startDaemon } from "../../src/client/start-daemon.ts";
import { type StateDirectory, stateDirectory } from "./fixture.ts";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

const user = "0::/user.slice/user-1000.slice/user@1000.service";
const gateway = { OPENCLAW_GATEWAY_PORT: "18789" };

test.for([
  ["the Gateway's user service", `${user}/app.slice/openclaw-gateway.service\n`, {}, "openclaw-gateway.service"],
  ["a group inside of it", `${user}/app.slice/openclaw-gateway.service/job\n`, {}, "openclaw-gateway.service"],
  ["a terminal's scope", `${user}/app.slice/app-terminal-42.scope\n`, {}, undefined],
  ["the user's manager itself", `${user}/init.scope\n`, {}, undefined],
  ["a login session", "0::/user.slice/user-1000.slice/session-3.scope\n", {}, undefined],
  ["a job of the system", "0::/system.slice/runner.service\n", {}, undefined],
  ["a Gateway as a service of the system", "0::/system.slice/openclaw.service\n", gateway, "openclaw.service"],
  ["a Gateway in a terminal", `${user}/app.slice/app-terminal-42.scope\n`, gateway, undefined],
  [
    "control groups of version 1",
    `4:cpu:/x\n1:name=systemd:/user.slice/user@1000.service/a.service\n`,
    {},
    "a.service",
  ],
  ["nothing", "", {}, undefined],
] as const)("%s", ([, cgroup, env, service]) => {
  expect(serviceOf({ cgroup, env, isBooted: true })).toBe(service);
});

test("without systemd as init, the host's names count for nothing", () => {
  expect(serviceOf({ cgroup: "0::/system.slice/containerd.service\n", env: gateway, isBooted: false })).toBeUndefined();
});

test("the scope is the user's, ends with the process, and nothing but the command is on its command line", () => {
  const [program, ...args] = inOwnScope(["/opt/node", "/state/daemon.js", "--stay"]);
  expect(program).toBe("systemd-run");
  expect(args).toEqual(expect.arrayContaining(["--user", "--scope", "--collect"]));
  expect(args.slice(args.indexOf("--") + 1)).toEqual(["/opt/node", "/state/daemon.js", "--stay"]);
});

const entry = join(import.meta.dirname, "daemon-child.ts");
const homes: StateDirectory[] = [];

/** A home, and a `systemd-run` on PATH that notes its arguments and then does as told. */
async function homeWith(body: string | undefined) {
  const home = await stateDirectory();
  homes.push(home);
  await writeFile(home.configFile, JSON.stringify(["ready"]));
  const bin = join(home.stateDir, "bin");
  await mkdir(bin);
  const calls = join(home.stateDir, "calls");
  if (body !== undefined) {
    await writeFile(join(bin, "systemd-run"), `#!/bin/sh\necho "$*" >> "${calls}"\n${body}\n`);
    await chmod(join(bin, "systemd-run"), 0o755);
  }
  vi.stubEnv("PATH", `${bin}:/usr/bin:/bin`.replace(body === undefined ? ":/usr/bin:/bin" : "", ""));
  const notices: string[] = [];
  const options = {
    ...home,
    entry,
    service: "openclaw-gateway.service",
    onNotice: (line: string) => notices.push(line),
  };
  return { home, options: { ...options, onNotice: (line: string) => void notices.push(line) }, notices, calls };
}

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const home of homes.splice(0)) {
    const text = await readFile(join(home.stateDir, "starts"), "utf8").catch(() => "");
    const pids = text.split("\n").filter(Boolean).map(Number);
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    await vi.waitUntil(() => !pids.some((pid) => isAlive(pid)), { timeout: 8000 });
    await home[Symbol.asyncDispose]();
  }
});

async function starts({ stateDir }: StateDirectory): Promise<string[]> {
  return (await readFile(join(stateDir, "starts"), "utf8")).trim().split("\n");
}

test("in a service the daemon is started through systemd-run, with its pipe", async () => {
  const { home, options, notices, calls } = await homeWith('while [ "$1" != "--" ]; do shift; done; shift; exec "$@"');
  const { pid } = await startDaemon(options);
  expect(await starts(home)).toEqual([String(pid)]);
  expect(notices).toEqual([]);
  expect(await readFile(calls, "utf8")).toMatch(/^--user --scope .* -- /);
});

test.for([
  ["is not installed", undefined],
  ["refuses", "echo 'Failed to connect to bus' >&2; exit 1"],
  ["hangs", "exec sleep 60"],
] as const)("where systemd-run %s, the daemon runs beside its starter and says what that means", async ([, body]) => {
  const { home, options, notices } = await homeWith(body);
  const { pid } = await startDaemon({ ...options, withinMs: 8000 });
  expect(await starts(home)).toEqual([String(pid)]);
  expect(notices).toEqual([expect.stringContaining("will end with openclaw-gateway.service")]);
});

test("a failure that the daemon names is not tried a second time", async () => {
  const { home, options } = await homeWith('while [ "$1" != "--" ]; do shift; done; shift; exec "$@"');
  await writeFile(home.configFile, JSON.stringify(["failed"]));
  await expect(startDaemon(options)).rejects.toMatchObject({ code: "STORE_FAILED" });
  expect(await starts(home)).toHaveLength(1);
});
