// Takes away copies of the program that no daemon runs from: the owner of the state directory knows that only its own is used.
import { readlink, realpath, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A start that is going on may just have made one. */
const youngMs = 60_000;

export interface CopiesOptions {
  stateDir: string;
  /** Where this daemon's program lies. */
  own: string;
  /** Epoch ms. */
  now: number;
}

/** Never throws: what cannot be removed is looked at by the next daemon. */
export async function pruneCopies({ stateDir, own, now }: CopiesOptions): Promise<void> {
  try {
    const runtime = await realpath(join(stateDir, "runtime"));
    const current = await readlink(join(runtime, "current")).catch(() => undefined);
    const kept = new Set(["current", current, dirname(own) === runtime ? basename(own) : undefined]);
    for (const name of await readdir(runtime)) {
      if (kept.has(name)) continue;
      const folder = join(runtime, name);
      if (now - (await stat(folder)).mtimeMs > youngMs) await rm(folder, { recursive: true, force: true });
    }
  } catch {
    // A daemon that runs from elsewhere has no copies.
  }
}
