// Where things are: the configuration file, the state directory, and the package's own files.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CallError } from "../call/error.ts";
import { isFixedPath } from "../call/fixed-path.ts";
import { field } from "./field.ts";

export interface LocateOptions {
  /** Path of the OpenClaw configuration; wins over the environment. */
  configFile?: string | undefined;
  /** Wins over the configuration and the environment. */
  stateDir?: string | undefined;
  /** Told when the configuration cannot be read, which never stops anything here. */
  onNotice?: ((line: string) => void) | undefined;
  env?: Readonly<Record<string, string | undefined>>;
}

export interface Places {
  configFile: string;
  stateDir: string;
}

/**
 * Configuration: the option, `$OPENCLAW_CONFIG_PATH`, `$OPENCLAW_STATE_DIR/openclaw.json`, `~/.openclaw/openclaw.json`.
 * State: the option, `store` of the configuration, `$OPENCLAW_STATE_DIR/voice-calls`, `~/.openclaw/voice-calls`.
 * @throws CallError `CONFIG_INVALID` when a file that was asked for by name is not there.
 */
export async function locate(options: LocateOptions = {}): Promise<Places> {
  const env = options.env ?? process.env;
  const home = present(env["OPENCLAW_STATE_DIR"]) ?? join(homedir(), ".openclaw");
  const configFile = resolve(
    untilde(options.configFile ?? present(env["OPENCLAW_CONFIG_PATH"]) ?? join(home, "openclaw.json")),
  );
  if (options.configFile !== undefined && !existsSync(configFile)) {
    throw new CallError("CONFIG_INVALID", `there is no configuration file ${configFile}`);
  }
  const store = options.stateDir ?? (await storeOf(configFile, env, options.onNotice));
  return { configFile, stateDir: resolve(untilde(store ?? join(untilde(home), "voice-calls"))) };
}

/** JSON lines of the daemon that owns the directory. */
export function logFile(stateDir: string): string {
  return join(stateDir, "daemon.log");
}

/** Folder of the installed package that this code belongs to. */
export function ownPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isOurs(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new CallError("INTERNAL", "the package's own folder was not found");
    folder = parent;
  }
  return folder;
}

function isOurs(packageFile: string): boolean {
  return existsSync(packageFile) && readFileSync(packageFile, "utf8").includes('"name": "@openclaw/voice-call"');
}

async function storeOf(
  configFile: string,
  env: Readonly<Record<string, string | undefined>>,
  onNotice: LocateOptions["onNotice"],
): Promise<string | undefined> {
  const text = readIfThere(configFile);
  // Most files do not name it, and a JSON5 parser costs every command its start.
  if (text?.includes("store") !== true) return undefined;
  const { store, isBroken } = storeIn(text, (await import("json5")).default);
  if (isBroken)
    onNotice?.(
      `${configFile} cannot be read; the state directory is ${store === undefined ? "the default one" : "taken from what can be made out of it"}`,
    );
  if (store === undefined || store === "") return undefined;
  try {
    const path = withEnv(store, env);
    if (isFixedPath(path)) return path;
    throw new Error("`store` is not a path from / or ~");
  } catch (error) {
    onNotice?.(
      `${configFile}: ${error instanceof Error ? error.message : String(error)}; the default state directory is used`,
    );
    return undefined;
  }
}

/**
 * From a half-written or broken file it is taken as far as it can be made out: the calls are still where the key says,
 * and a second daemon must not be started elsewhere.
 */
function storeIn(
  text: string,
  json5: { parse(text: string): unknown },
): { store: string | undefined; isBroken: boolean } {
  try {
    const config: unknown = json5.parse(text);
    const store = ["plugins", "entries", "voice-call", "config", "store"].reduce(field, config);
    return { store: typeof store === "string" ? store : undefined, isBroken: false };
  } catch {
    return { store: /["']?\bstore["']?\s*:\s*(["'])(.*?)\1/.exec(text)?.[2], isBroken: true };
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function withEnv(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
    const value = present(env[name]);
    if (value !== undefined) return value;
    throw new Error(`\`store\` names the environment variable ${name}, which is not set`);
  });
}

function untilde(path: string): string {
  return path.replace(/^~(?=$|[/\\])/, () => homedir());
}

/** An empty variable counts as absent. */
function present(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
