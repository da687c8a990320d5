// How the daemon's process is started, in the background or in the foreground.
import { ownPackageRoot, type Places } from "./locate.ts";
import { lastingEntry, runtimeEntry } from "./runtime-copy.ts";

/**
 * V8 lets short-lived objects take three times 16 MiB before it tidies up; a daemon that stays for weeks
 * does with a fraction of that at about the same speed.
 */
const smallHeap = "--max-semi-space-size=8";

export interface CommandOptions extends Places {
  /** The installed package; the one that this code belongs to when absent. */
  packageRoot?: string | undefined;
  /** The program to run; a private copy of the package's when absent. */
  entry?: string | undefined;
  /** For a service: by a path that outlives updates of the package. */
  lasting?: boolean | undefined;
}

/** Arguments for Node: the daemon's program on these places. @throws CallError when its copy cannot be made. */
export function daemonCommand({ stateDir, configFile, ...options }: CommandOptions): string[] {
  const packageRoot = options.packageRoot ?? ownPackageRoot();
  const copy = options.entry ?? runtimeEntry(stateDir, packageRoot);
  const entry = options.lasting === true ? lastingEntry(stateDir) : copy;
  return [smallHeap, entry, "--state-dir", stateDir, "--config", configFile, "--package", packageRoot];
}
