// What a changed configuration means for the daemon that runs with the old one.
import { isDeepStrictEqual } from "node:util";
import { type ConfigKey, configKeys } from "./keys.ts";
import type { Config } from "./schema.ts";
import { valueAt } from "./tree.ts";

export interface ConfigChanges {
  /** Changed keys (`outbound.defaultMode`) that the next call already follows. */
  applied: string[];
  /** Changed keys that only a new daemon follows. */
  needRestart: string[];
}

/** `standing`: what the parts that cannot change were made from, when that was another configuration than `before`. */
export function compareConfigs(before: Config, after: Config, standing = before): ConfigChanges {
  const differs =
    (old: Config) =>
    ({ path, section }: ConfigKey): boolean =>
      !section && !isDeepStrictEqual(valueAt({ ...old }, path), valueAt({ ...after }, path));
  return {
    applied: configKeys.filter((key) => !key.restart && differs(before)(key)).map(({ path }) => path),
    needRestart: configKeys.filter((key) => key.restart && differs(standing)(key)).map(({ path }) => path),
  };
}
