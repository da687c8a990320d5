// Looks now and then whether Tailscale still leads our paths here: others may reset it, log out or rename the machine.
import { CallError } from "../../call/error.ts";
import type { Cancel, Clock } from "../deps.ts";
import type { RunCommand } from "./command.ts";
import { tunnelFailure } from "./failure.ts";
import type { Mounts } from "./mount.ts";
import { stands } from "./serve-config.ts";
import type { Standing } from "./standing.ts";
import { TailscaleCli } from "./tailscale-cli.ts";
import { hostOf } from "./tailscale-node.ts";

const everyMs = 300_000;

interface WatchPorts {
  standing: Standing;
  clock: Clock;
  run: RunCommand | undefined;
}

/** Disposing ends the watch at once, and the command that runs. */
export function watchMounts(mounts: Mounts, { standing, clock, run }: WatchPorts): Disposable {
  const ending = new AbortController();
  const cli = new TailscaleCli(run, ending.signal);
  let cancel: Cancel;
  const next = (): void => {
    cancel = clock.after(everyMs, () => void look());
  };
  const look = async (): Promise<void> => {
    const problem = await problemOf(mounts, cli);
    if (ending.signal.aborted) return;
    standing.suffer(problem);
    next();
  };
  next();
  return {
    [Symbol.dispose]() {
      cancel();
      ending.abort();
    },
  };
}

async function problemOf(mounts: Mounts, cli: TailscaleCli): Promise<CallError | undefined> {
  const again = "restart the daemon to open the tunnel again";
  try {
    const config = await cli.config(mounts[0]);
    const gone = mounts.find((mount) => !stands(config, mount));
    if (gone !== undefined) return tunnelFailure(`somebody took ${gone.path} off Tailscale`, again);
    const host = hostOf(await cli.node());
    return host === mounts[0].host
      ? undefined
      : tunnelFailure(`this machine's Tailscale name is now ${host || "empty"}`, again);
  } catch (error) {
    return error instanceof CallError ? error : tunnelFailure("Tailscale cannot be asked", again);
  }
}
