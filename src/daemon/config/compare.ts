// What a changed configuration means for the daemon that runs with the old one.
import { isDeepStrictEqual } from "node:util";
import { configKeys } from "./keys.ts";
import type { Config } from "./schema.ts";
import { valueAt } from "./tree.ts";

export interface ConfigChanges {
  /** Changed keys (`outbound.defaultMode`) that the next call already follows. */
  applied: string[];
  /** Changed keys that only a new daemon follows. */
  needRestart: string[];
}

export function compareConfigs(before: Config, after: Config): ConfigChanges {
  const changed = configKeys.filter(({ path, section }) => {
    return !section && !isDeepStrictEqual(valueAt({ ...before }, path), valueAt({ ...after }, path));
  });
  return {
    applied: changed.filter(({ restart }) => !restart).map(({ path }) => path),
    needRestart: changed.filter(({ restart }) => restart).map(({ path }) => path),
  };
}
