// A daemon that a systemd unit starts would be killed with it: there it gets a scope of its own.
import { existsSync, readFileSync } from "node:fs";

export interface Surroundings {
  /** `/proc/self/cgroup`. */
  cgroup: string;
  /** Whether systemd is this machine's init: in a container the names of the host's units mean nothing. */
  isBooted: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The service that this process belongs to and would take a daemon along with: one of the user's own service manager,
 * or whichever the Gateway runs in. Undefined for a terminal, a container, another system, or a job of the system's.
 */
export function serviceOf({ cgroup, isBooted, env }: Surroundings): string | undefined {
  if (!isBooted) return undefined;
  const path = /^(?:0:|\d+:name=systemd):(.*)$/m.exec(cgroup)?.[1] ?? "";
  const [, system = "", , user] = /^(.*?)(\/user@\d+\.service(.*))?$/.exec(path) ?? [];
  const inGateway = env["OPENCLAW_GATEWAY_PORT"] !== undefined;
  const steps = (user ?? (inGateway ? system : "")).split("/");
  return steps.findLast((step) => step.endsWith(".service"));
}

export function presentSurroundings(): Surroundings {
  const isBooted = process.platform === "linux" && existsSync("/run/systemd/system");
  return { isBooted, cgroup: isBooted ? readFileSync("/proc/self/cgroup", "utf8") : "", env: process.env };
}

/** The command that runs another one in a scope of its own: the same process, with its environment and its pipes. */
export function inOwnScope(command: readonly [string, ...string[]]): [string, ...string[]] {
  const scope = ["--user", "--scope", "--quiet", "--collect", "--description=OpenClaw voice calls"];
  return ["systemd-run", ...scope, "--", ...command];
}
