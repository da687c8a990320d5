// Wall and CPU time of a whole process, taken by bash's `time`, which forks faster and counts finer than Node can.
import { spawnSync } from "node:child_process";
import type { Sandbox } from "./sandbox.ts";

export interface Timing {
  wallMs: number;
  /** User and system. */
  cpuMs: number;
}

const script = `TIMEFORMAT='%3R %3U %3S'; time "$@" </dev/null >/dev/null 2>&1`;

/** @throws when the command fails. */
export function timeProcess({ env, dir }: Sandbox, command: readonly string[]): Timing {
  const { status, stderr } = spawnSync("bash", ["-c", script, "bash", ...command], { env, cwd: dir, encoding: "utf8" });
  if (status !== 0) throw new Error(`exit code ${status}: ${command.join(" ")}`);
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(" ").map(Number);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000 };
}
