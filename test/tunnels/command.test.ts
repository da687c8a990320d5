import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRunner } from "../../src/daemon/tunnels/command.ts";
import { refusalOf } from "./fixture.ts";

const time = { timeout: 20_000 };
const run = createRunner();

function node(script: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  return run({ files: [process.execPath], args: ["-e", script], timeoutMs: 15_000, ...more });
}

test("both streams and the exit code come back; arguments meet no shell", time, async () => {
  const script = `process.stdout.write(process.argv[1]); process.stderr.write("e".repeat(300_000)); process.exitCode = 7`;
  const args = ["-e", script, "$(id); `id` && *"];
  const result = await run({ files: [process.execPath], args, timeoutMs: 15_000 });
  expect(result).toEqual({ kind: "exited", exitCode: 7, stdout: "$(id); `id` && *", stderr: "e".repeat(300_000) });
});

test("a program that asks finds the end of its input", time, async () => {
  const result = await node(`process.stdin.on("end", () => process.exit(0)).resume()`);
  expect(result).toMatchObject({ kind: "exited", exitCode: 0 });
});

test("a program that ignores SIGTERM is ended all the same, and what it said is kept", time, async () => {
  const script = `process.on("SIGTERM", () => 0); process.stdout.write(String(process.pid)); setInterval(() => 0, 1000)`;
  const result = await node(script, { timeoutMs: 1500 });
  expect(result.kind).toBe("timed-out");
  const pid = result.kind === "timed-out" ? Number(result.stdout) : 0;
  expect(pid).toBeGreaterThan(0);
  await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a program that dies of a signal has failed", time, async () => {
  expect(await node(`process.kill(process.pid, "SIGKILL")`)).toMatchObject({ kind: "exited", exitCode: 128 });
});

test("the first file that exists is run; none is missing; one that cannot be run is said", time, async () => {
  const empty = createRunner({ PATH: "/nonexistent" });
  const args = ["-e", "process.stdout.write('here')"];
  const found = await empty({
    files: ["tailscale", "/nonexistent/tailscale", process.execPath],
    args,
    timeoutMs: 15_000,
  });
  expect(found).toMatchObject({ stdout: "here" });
  expect(await empty({ files: ["tailscale"], args, timeoutMs: 1000 })).toEqual({ kind: "missing" });
  const folder = mkdtempSync(join(tmpdir(), "command-"));
  try {
    writeFileSync(join(folder, "tailscale"), "#!/bin/sh\n", { mode: 0o644 });
    const refusal = await refusalOf(run({ files: [join(folder, "tailscale")], args: [], timeoutMs: 1000 }));
    expect(refusal.code).toBe("UNSUPPORTED");
    expect(refusal.message).toContain("EACCES");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
