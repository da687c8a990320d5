// Whole processes of the command line, wall and CPU, against `node -e 0` in the same rounds.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { median, pairedRatio } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { type Timing, timeProcess } from "./harness/process-time.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox, root } from "./harness/sandbox.ts";

interface Case {
  name: string;
  sandbox: Sandbox;
  command: readonly string[];
  /** Highest allowed ratio to `node -e 0`. */
  goal?: number;
  /** What must be undone before the next round. */
  after?: () => Promise<void>;
}

export async function benchStart({ rounds }: BenchOptions): Promise<Row[]> {
  // Two homes: in one a daemon runs all the time, in the other each round begins without.
  await using warm = new Sandbox();
  await using cold = new Sandbox();
  try {
    return rows(await measure(cases(warm, cold), rounds * 3));
  } finally {
    await endDaemon(warm);
    await endDaemon(cold);
  }
}

function cases(warm: Sandbox, cold: Sandbox): Case[] {
  const voicecall = (...args: string[]): string[] => [process.execPath, join(root, "dist", "cli.js"), ...args];
  return [
    { name: "node -e 0", sandbox: warm, command: [process.execPath, "-e", "0"] },
    { name: "voicecall --version", sandbox: warm, command: voicecall("--version"), goal: 1.7 },
    { name: "voicecall --help", sandbox: warm, command: voicecall("--help"), goal: 1.7 },
    {
      name: "voicecall status --json, daemon running",
      sandbox: warm,
      command: voicecall("status", "--json"),
      goal: 2.2,
    },
    {
      name: "voicecall status --json, no daemon yet",
      sandbox: cold,
      command: voicecall("status", "--json"),
      goal: 7,
      after: () => endDaemon(cold),
    },
  ];
}

async function measure(all: readonly Case[], rounds: number): Promise<{ one: Case; found: Timing[] }[]> {
  const results = all.map((one) => ({ one, found: [] as Timing[] }));
  const warmUps = 2;
  for (let round = -warmUps; round < rounds; round++) {
    for (const { one, found } of results) {
      const timing = timeProcess(one.sandbox, one.command);
      await one.after?.();
      if (round >= 0) found.push(timing);
    }
  }
  note(`${rounds} rounds`);
  return results;
}

/** Ends the daemon that a command has started in this home, if any, by the pid in its record. */
async function endDaemon({ env }: Sandbox): Promise<void> {
  const pid = recordedPid(join(env["OPENCLAW_STATE_DIR"] ?? "", "voice-calls", "daemon.json"));
  if (pid === undefined) return;
  process.kill(pid, "SIGTERM");
  for (let waited = 0; isAlive(pid); waited += 10) {
    if (waited > 5000) return void process.kill(pid, "SIGKILL");
    await sleep(10);
  }
}

function recordedPid(file: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(file, "utf8")) as { pid: number };
    return isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function rows(results: readonly { one: Case; found: Timing[] }[]): Row[] {
  const [floor, ...others] = results;
  return others.map(({ one, found }) => row(one, found, floor?.found ?? []));
}

function row({ name, goal }: Case, found: readonly Timing[], floor: readonly Timing[]): Row {
  const walls = (timings: readonly Timing[]): number[] => timings.map(({ wallMs }) => wallMs);
  const cpu = (timings: readonly Timing[]): string => median(timings.map(({ cpuMs }) => cpuMs)).toFixed(0);
  const ratio = pairedRatio(walls(found), walls(floor));
  return {
    bench: "start",
    figure: name,
    measured: `${median(walls(found)).toFixed(1)} ms`,
    cpu: `${cpu(found)} vs ${cpu(floor)} ms`,
    floor: `node -e 0: ${median(walls(floor)).toFixed(1)} ms`,
    ratio,
    ...(goal !== undefined && { goal: `<= ${goal}`, met: ratio <= goal }),
  };
}
