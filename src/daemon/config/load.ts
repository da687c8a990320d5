// From a file and the environment to a configuration, or to everything that is wrong with it.
import type { Problem } from "../../router/context.ts";
import { checkAcrossKeys } from "./checks.ts";
import { complete } from "./complete.ts";
import { readSection } from "./config-file.ts";
import { fillFromEnvironment } from "./environment.ts";
import { refuseHostileKeys } from "./hostile-keys.ts";
import { messageOf, problemsOf } from "./issues.ts";
import { dropLaterKeys } from "./later-keys.ts";
import { renameLegacyKeys } from "./legacy.ts";
import { type Config, configSchema } from "./schema.ts";
import { type Env, substitute } from "./substitute.ts";
import { isTree, type Tree } from "./tree.ts";

export interface ConfigSource {
  /** OpenClaw's configuration file (JSON5); one that does not exist is no error. */
  file?: string;
  env: Env;
}

/** Notices and problems name keys and shapes, never a secret's value or a full number. */
export type ConfigResult =
  | { ok: true; config: Config; notices: string[] }
  | { ok: false; problems: Problem[]; notices: string[] };

/** Reads `plugins.entries.voice-call.config`. Never throws: whatever is wrong comes back as problems (`CONFIG_INVALID`). */
export function loadConfig({ file, env }: ConfigSource): ConfigResult {
  const found = readSection(file);
  if ("problem" in found) return { ok: false, problems: [found.problem], notices: [] };
  const { section, notices } = found;
  const hostile = refuseHostileKeys(section);
  if (hostile.length > 0) return { ok: false, problems: hostile, notices };
  notices.push(...renameLegacyKeys(section), ...dropLaterKeys(section));
  if (Object.keys(section).length > 0 && section["provider"] === undefined) {
    notices.push("`provider` is not set, so calls go through the mock carrier");
  }
  const config = check(section, env);
  return Array.isArray(config) ? { ok: false, problems: config, notices } : { ok: true, config, notices };
}

function check(section: Tree, env: Env): Config | Problem[] {
  const { value, problems } = substitute(section, env);
  if (problems.length > 0) return problems;
  if (isTree(value)) fillFromEnvironment(value, env);
  const parsed = configSchema.safeParse(value, { error: messageOf });
  if (!parsed.success) return problemsOf(parsed.error.issues);
  const config = complete(parsed.data);
  const wrong = [...(Array.isArray(config) ? config : []), ...checkAcrossKeys(parsed.data)];
  return wrong.length > 0 ? wrong : config;
}
