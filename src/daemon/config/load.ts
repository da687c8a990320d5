// From a file and the environment to a configuration, or to everything that is wrong with it.
import type { Problem } from "../../router/context.ts";
import { checkAcrossKeys } from "./checks.ts";
import { complete } from "./complete.ts";
import { readSection } from "./config-file.ts";
import { fillFromEnvironment } from "./environment.ts";
import { layUnderTts } from "./host-tts.ts";
import { refuseHostileKeys } from "./hostile-keys.ts";
import { messageOf, problemsOf } from "./issues.ts";
import { renameLegacyKeys } from "./legacy.ts";
import { type Config, configSchema } from "./schema.ts";
import { fromEnvironment, leftByGateway, resolveSecretRefs } from "./secret-refs.ts";
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
  const { section, hostTts, notices } = found;
  layUnderTts(section, hostTts);
  const result = load(section, { env, resolve: fromEnvironment(env), fill: (value) => substitute(value, env) });
  return { ...result, notices: [...notices, ...result.notices] };
}

/** The section as the Gateway hands it over: with everything in it resolved that could be. Never throws. */
export function loadHandedOver(
  { config, hostTts = {} }: { config: Tree; hostTts?: Tree | undefined },
  env: Env,
): ConfigResult {
  const section = structuredClone(config);
  layUnderTts(section, structuredClone(hostTts));
  return load(section, { env, resolve: leftByGateway, fill: refuseReferences });
}

interface Ways {
  /** Fills keys that the section leaves out. */
  env: Env;
  resolve: Parameters<typeof resolveSecretRefs>[1];
  /** What becomes of `${NAME}` in texts. */
  fill(section: Tree): ReturnType<typeof substitute>;
}

function load(section: Tree, { env, resolve, fill }: Ways): ConfigResult {
  const hostile = refuseHostileKeys(section);
  if (hostile.length > 0) return { ok: false, problems: hostile, notices: [] };
  const notices = renameLegacyKeys(section);
  if (Object.keys(section).length > 0 && section["provider"] === undefined) {
    notices.push("`provider` is not set, so calls go through the mock carrier");
  }
  const { value, problems } = fill(section);
  if (isTree(value)) {
    // Afterwards, so that a secret's own text is not looked through for references.
    const refs = resolveSecretRefs(value, resolve);
    notices.push(...refs.notices);
    problems.push(...refs.problems);
    fillFromEnvironment(value, env);
  }
  if (problems.length > 0) return { ok: false, problems, notices };
  const config = check(value);
  return Array.isArray(config) ? { ok: false, problems: config, notices } : { ok: true, config, notices };
}

/** The Gateway has put in the variables that are set where it runs; one that still stands there is not. */
function refuseReferences(section: Tree): ReturnType<typeof substitute> {
  const { value, problems } = substitute(section, {});
  const hint = "set it where the Gateway is started, then start the Gateway again";
  return { value, problems: problems.map(({ code, message }) => ({ code, message, hint })) };
}

function check(section: unknown): Config | Problem[] {
  const parsed = configSchema.safeParse(section, { error: messageOf });
  if (!parsed.success) return problemsOf(parsed.error.issues);
  const config = complete(parsed.data);
  const wrong = [...(Array.isArray(config) ? config : []), ...checkAcrossKeys(parsed.data)];
  return wrong.length > 0 ? wrong : config;
}
