// Takes down Tailscale mounts of ours that nobody needs any more: at the end of a tunnel, and after a crash.
import { CallError } from "../../call/error.ts";
import type { Log } from "../deps.ts";
import type { RunCommand } from "./command.ts";
import { type Mount, sameMount } from "./mount.ts";
import { MountRecord } from "./mount-record.ts";
import { leadsToTarget } from "./serve-config.ts";
import { TailscaleCli } from "./tailscale-cli.ts";

interface ReapPorts {
  log: Log;
  stateDir: string;
  run?: RunCommand | undefined;
}

/**
 * Takes down what is recorded, except for `keep`, which the next tunnel adopts. Runs no program when nothing is recorded.
 * Never throws: what cannot be taken down stays recorded for the next start.
 */
export async function reapTunnels({ log, stateDir, run }: ReapPorts, keep: readonly Mount[] = []): Promise<void> {
  const record = new MountRecord(stateDir, log);
  const left = record.all().filter((mount) => !keep.some((kept) => sameMount(kept, mount)));
  for (const mount of left) await takeDown(mount, { record, cli: new TailscaleCli(run), log });
}

interface TakeDownPorts {
  record: MountRecord;
  cli: TailscaleCli;
  log: Log;
}

/** Only while the path still leads to us: what somebody else put there since is theirs. */
export async function takeDown(mount: Mount, { record, cli, log }: TakeDownPorts): Promise<void> {
  const { host, port, path } = mount;
  try {
    if (leadsToTarget(await cli.config(mount), mount)) await cli.unmount(mount);
    record.remove(mount);
    log.info({ host, port, path }, "the path was taken off Tailscale");
  } catch (error) {
    const code = error instanceof CallError ? error.code : "INTERNAL";
    log.warn(
      { code, host, port, path, error: String(error) },
      "a path could not be taken off Tailscale; the next start tries again",
    );
  }
}
