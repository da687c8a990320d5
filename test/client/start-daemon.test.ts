// Starting a daemon that is not there: readiness, races, failures, and that nothing is left behind.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import type { CallError } from "../../src/call/error.ts";
import { Connection } from "../../src/client/connection.ts";
import { findDaemon } from "../../src/client/find.ts";
import { follow } from "../../src/client/follow.ts";
import { isAlive } from "../../src/client/record.ts";
import { startDaemon } from "../../src/client/start-daemon.ts";
import { fakePorts, listen } from "../control/fake-context.ts";
import { deadPid, type StateDirectory, stateDirectory } from "./fixture.ts";

// Each test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

const entry = fileURLToPath(new URL("daemon-child.ts", import.meta.url));
const homes: StateDirectory[] = [];

/** Each start of the daemon behaves as the next word says, and all further ones as the last. */
async function homeWith(...behaviours: string[]): Promise<StateDirectory & { entry: string; autoStart: boolean }> {
  const home = await stateDirectory();
  homes.push(home);
  await writeFile(home.configFile, JSON.stringify(behaviours));
  return { ...home, entry, autoStart: true };
}

async function started({ stateDir }: StateDirectory): Promise<number[]> {
  const text = await readFile(join(stateDir, "starts"), "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).map(Number);
}

async function running(home: StateDirectory): Promise<number[]> {
  return (await started(home)).filter((pid) => isAlive(pid));
}

afterEach(async () => {
  for (const home of homes.splice(0)) {
    for (const pid of await running(home)) process.kill(pid, "SIGKILL");
    // The system takes a moment to forget a process that its starter did not wait for.
    await vi.waitUntil(async () => (await running(home)).length === 0, { timeout: 8000 });
    await home[Symbol.asyncDispose]();
  }
});

function failure(work: Promise<unknown>): Promise<CallError> {
  return work.then(
    () => expect.unreachable("it should have failed"),
    (error) => error,
  );
}

test("a command that had to start the daemon ends by itself, and the daemon stays", async () => {
  const home = await homeWith("ready");
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "order-child.ts"), home.stateDir, home.configFile, entry],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  expect(await once(child, "close")).toEqual([0, null]);
  const pids = await running(home);
  expect(pids).toHaveLength(1);
  expect(printed).toBe(`${pids[0]} answered\n`);
});

test("many starts at once give one daemon, and everybody its address", async () => {
  const home = await homeWith("race");
  const records = await Promise.all(Array.from({ length: 8 }, () => startDaemon(home)));
  const [pid] = new Set(records.map((record) => record.pid));
  expect(records.map((record) => record.pid)).toEqual(Array(8).fill(pid));
  await expect.poll(() => running(home), { timeout: 4000 }).toEqual([pid]);
});

test("a failure keeps its code, and shows where the log is and how it ends", async () => {
  const home = await homeWith("failed");
  const lines = Array.from({ length: 9 }, (_line, index) =>
    JSON.stringify({ time: "12:00", msg: `line ${index}`, token: "secret" }),
  );
  await writeFile(join(home.stateDir, "daemon.log"), `${lines.join("\n")}\n`);
  const error = await failure(startDaemon(home));
  expect(error).toMatchObject({ code: "STORE_FAILED", message: "the disk is full" });
  expect(error.hint).toMatch(/^free some space; .*daemon\.log ends with:\n/);
  expect(error.hint?.split("\n").slice(1)).toEqual([4, 5, 6, 7, 8].map((index) => `  12:00 line ${index}`));
});

test("a process that ends without a word is reported at once", async () => {
  const home = await homeWith("crash");
  expect(await failure(startDaemon({ ...home, withinMs: 4000 }))).toMatchObject({
    code: "DAEMON_UNREACHABLE",
    hint: expect.stringContaining("daemon.log"),
  });
  expect(await started(home)).toHaveLength(1);
});

test("a process that says nothing is not left behind", async () => {
  const home = await homeWith("silent");
  expect(await failure(startDaemon({ ...home, withinMs: 3000 }))).toMatchObject({ code: "DAEMON_UNREACHABLE" });
  expect(await started(home)).toHaveLength(1);
  await expect.poll(() => running(home), { timeout: 4000 }).toEqual([]);
});

test("a holder that vanished is replaced, one that stays silent is reported", async () => {
  const home = await homeWith("held", "ready");
  const { pid } = await startDaemon(home);
  expect(await running(home)).toEqual([pid]);

  const stuck = await homeWith("held");
  const error = await failure(startDaemon({ ...stuck, withinMs: 4000 }));
  expect(error).toMatchObject({ code: "DAEMON_UNREACHABLE", message: expect.stringContaining("another daemon") });
});

test("an abort gives up and leaves no process", async () => {
  const home = await homeWith("silent");
  const controller = new AbortController();
  const starting = failure(startDaemon({ ...home, signal: controller.signal }));
  await expect.poll(() => started(home)).toHaveLength(1);
  controller.abort();
  expect(await starting).toMatchObject({ code: "ABORTED" });
  await expect.poll(() => running(home), { timeout: 4000 }).toEqual([]);
});

test("a program that is missing is DAEMON_UNREACHABLE", async () => {
  const home = await homeWith("ready");
  expect(await failure(startDaemon({ ...home, entry: join(home.stateDir, "none.js") }))).toMatchObject({
    code: "DAEMON_UNREACHABLE",
  });
});

test("a record whose process is gone, or was taken by another program, heals itself", async () => {
  const home = await homeWith("ready");
  await home.write({ url: "http://127.0.0.1:1", pid: await deadPid() });
  expect(await findDaemon(home.stateDir)).toBeUndefined();
  await using connection = await Connection.open(home);
  expect(await running(home)).toEqual([connection.record.pid]);

  const other = await homeWith("ready");
  await other.write({ url: "http://127.0.0.1:1", pid: process.pid });
  await using second = await Connection.open(other);
  await second.renew(second.record, { patient: false });
  expect(await running(other)).toEqual([second.record.pid]);
});

test("an idle daemon of another protocol makes room for ours", async () => {
  const home = await homeWith("ready");
  await using old = await listen(fakePorts({ system: { shutdown: () => home.remove() } }));
  await home.write({ url: old.url, protocol: 99 });
  await using connection = await Connection.open(home);
  expect(await running(home)).toEqual([connection.record.pid]);
  expect(connection.record.protocol).toBe(1);
});

test("a follower starts a daemon again that died, and none that was stopped", async () => {
  const home = await homeWith("ready");
  const first = await startDaemon(home);
  const controller = new AbortController();
  const notices: string[] = [];
  const options = { ...home, onNotice: (line: string) => void notices.push(line) };
  const events = follow(options, { since: 0 }, controller.signal);
  expect(await events.next()).toMatchObject({ value: { seq: 1 } });

  process.kill(first.pid, "SIGKILL");
  const next = events.next();
  await expect
    .poll(() => findDaemon(home.stateDir), { timeout: 4000 })
    .toMatchObject({ pid: expect.not.closeTo(first.pid, 0) });
  expect(notices).toEqual([expect.stringContaining("starting it again")]);

  await home.remove();
  for (const pid of await running(home)) process.kill(pid, "SIGKILL");
  await expect.poll(() => running(home), { timeout: 4000 }).toEqual([]);
  const count = (await started(home)).length;
  // Two of the follower's looks pass without a start.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await started(home)).length).toBe(count);
  controller.abort();
  expect(await next).toMatchObject({ done: true });
});
