// A sandbox for tunnels: a private PATH with the fake `tailscale`, a state directory, a log that is kept, a manual clock.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { CallError } from "../../src/call/error.ts";
import type { Log } from "../../src/daemon/deps.ts";
import { createRunner, type RunCommand } from "../../src/daemon/tunnels/command.ts";
import type { TailscaleSettings, TunnelPorts } from "../../src/daemon/tunnels/tunnel.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";
import type { FakeState } from "./fake-tailscale.ts";

export const host = "box.tail1234.ts.net";
export const target = { port: 3334, path: "/voice/webhook", streamPath: "/voice/stream" };
export const funnel: TailscaleSettings = { kind: "tailscale-funnel", path: "/voice/webhook", port: 443 };
export const never = new AbortController().signal;

const ready: FakeState = {
  mode: "ok",
  backendState: "Running",
  dnsName: `${host}.`,
  capMap: { https: null, funnel: null, "https://tailscale.com/cap/funnel-ports?ports=443,8443,10000": null },
  certDomains: [host],
  races: 0,
  config: {},
};

export interface Sandbox extends Disposable {
  clock: ManualClock;
  /** With everything a tunnel needs. */
  ports: TunnelPorts;
  lines: string[];
  state(): FakeState;
  change(changes: Partial<FakeState>): void;
  /** What the fake was told to do, without questions. */
  orders(): string[];
  pids(): number[];
  recordFile: string;
}

/** `blockMs`: how long a command that changes something may take. */
export function createSandbox(changes: Partial<FakeState> = {}, blockMs = 15_000): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), "tunnels-"));
  const stateFile = join(folder, "tailscale.json");
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const fake = fileURLToPath(new URL("fake-tailscale.ts", import.meta.url));
  writeFileSync(join(bin, "tailscale"), `#!/bin/sh\nexec "${process.execPath}" "${fake}" "$@"\n`, { mode: 0o755 });
  const write = (state: FakeState): void => writeFileSync(stateFile, JSON.stringify(state));
  write({ ...ready, ...changes });
  const lines: string[] = [];
  const clock = createManualClock();
  const state = (): FakeState => JSON.parse(readFileSync(stateFile, "utf8")) as FakeState;
  const told = (): { pid: number; args: string[] }[] =>
    existsSync(`${stateFile}.log`)
      ? readFileSync(`${stateFile}.log`, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as { pid: number; args: string[] })
      : [];
  const onPath = createRunner({ PATH: bin, FAKE_TS_STATE: stateFile, NODE_COMPILE_CACHE: join(folder, "cache") });
  // The usual places of a real Tailscale are no part of the test.
  const run: RunCommand = (command) =>
    onPath({
      ...command,
      files: ["tailscale"],
      timeoutMs: command.args.includes("--bg") ? blockMs : command.timeoutMs,
    });
  return {
    clock,
    lines,
    ports: { clock, log: keepingLog(lines), target, stateDir: folder, run },
    state,
    change: (more) => write({ ...state(), ...more }),
    orders: () => told().flatMap(({ args }) => (args.includes("--json") ? [] : [args.join(" ")])),
    pids: () => told().map(({ pid }) => pid),
    recordFile: join(folder, "tunnel-mounts.json"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function keepingLog(lines: string[]): Log {
  const keep =
    (level: string) =>
    (fields: Record<string, unknown>, message: string): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { info: keep("info"), warn: keep("warn"), error: keep("error") };
}

export async function refusalOf(promise: Promise<unknown>): Promise<CallError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
}
