// Whether calls can be stored, and for how long they are kept.
import { accessSync, constants, statfsSync } from "node:fs";
import type { Check, Problem } from "../../router/context.ts";
import type { Config } from "../config/schema.ts";
import { failed, ok, warning } from "./check.ts";

const name = "storage";
const enoughBytes = 100 * 1024 * 1024;

interface Storage {
  stateDir: string;
  /** Of the store. */
  problems: readonly Problem[];
  retention: Config["retention"] | undefined;
}

export function checkStorage({ stateDir, problems, retention }: Storage): Check[] {
  if (problems.length > 0) return problems.map((problem) => failed(name, problem));
  try {
    accessSync(stateDir, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(stateDir);
    const free = bavail * bsize;
    if (free < enoughBytes) {
      const message = `the disk of ${stateDir} has only ${Math.floor(free / 1024 / 1024)} MiB left`;
      return [warning(name, message, "make room: without it calls are refused")];
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const hint = "make it writable for you, or name another one with `store` in the configuration";
    return [failed(name, { message: `the state directory ${stateDir} cannot be used (${code})`, hint })];
  }
  const kept =
    retention === undefined
      ? ""
      : `; finished calls are kept for ${retention.days} days, and at most ${retention.calls} of them`;
  return [ok(name, `${stateDir} can be written to${kept}`)];
}
