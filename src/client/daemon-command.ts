// How the daemon's process is started, in the background or in the foreground.
import type { Places } from "./locate.ts";

/**
 * V8 lets short-lived objects take three times 16 MiB before it tidies up; a daemon that stays for weeks
 * does with a fraction of that at about the same speed.
 */
const smallHeap = "--max-semi-space-size=8";

/** Arguments for Node: the daemon's program on these places. */
export function daemonCommand(entry: string, { stateDir, configFile }: Places): string[] {
  return [smallHeap, entry, "--state-dir", stateDir, "--config", configFile];
}
