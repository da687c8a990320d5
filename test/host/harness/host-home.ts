// A user's home for one Gateway: state, configuration, log and temporary folder below one folder that goes when the test does.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { alive, eventually, freePort } from "../../support/daemon.ts";
import type { InstalledHost } from "./installed-host.ts";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  ms: number;
}

export type Json = Record<string, unknown>;

export interface HostHome extends AsyncDisposable {
  readonly host: InstalledHost;
  readonly folder: string;
  readonly stateDir: string;
  /** Where the daemon of this home keeps its state. */
  readonly voiceDir: string;
  readonly configFile: string;
  readonly logFile: string;
  readonly port: number;
  readonly token: string;
  readonly env: Record<string, string>;
  config(): Promise<Json>;
  /** Changes the configuration in place, as an editor would. */
  edit(change: (config: Json) => void): Promise<void>;
  /** Runs `openclaw …` to its end, whatever comes of it. */
  openclaw(args: string[], options?: { timeoutMs?: number; env?: Record<string, string> }): Promise<Ran>;
  /** Pids of the processes that live in this home. */
  processes(): Promise<number[]>;
  log(): Promise<string>;
}

const token = "host-suite-token";

export async function createHostHome(host: InstalledHost, name: string, modelUrl: string): Promise<HostHome> {
  const folder = await mkdtemp(join(tmpdir(), `voicecall-host-${name}-`));
  const [stateDir, configFile, logFile, temp] = ["state", "openclaw.json", "gateway.log", "tmp"].map((part) =>
    join(folder, part),
  ) as [string, string, string, string];
  await mkdir(stateDir);
  await mkdir(temp);
  const port = await freePort();
  const env = environment(host, {
    HOME: folder,
    TMPDIR: temp,
    OPENCLAW_STATE_DIR: stateDir,
    OPENCLAW_CONFIG_PATH: configFile,
  });
  const home: HostHome = {
    host,
    folder,
    stateDir,
    configFile,
    logFile,
    port,
    token,
    env,
    voiceDir: join(stateDir, "voice-calls"),
    config: async () => JSON.parse(await readFile(configFile, "utf8")) as Json,
    async edit(change) {
      const config = await home.config();
      change(config);
      await write(configFile, config);
    },
    openclaw: (args, { timeoutMs = 180_000, env: more = {} } = {}) =>
      run(host, args, { env: { ...env, ...more }, timeoutMs }),
    processes: () => processesOf(folder),
    log: () => readFile(logFile, "utf8").catch(() => ""),
    async [Symbol.asyncDispose]() {
      await eventually(async () => {
        const left = await processesOf(folder);
        for (const pid of left) if (alive(pid)) process.kill(pid, "SIGKILL");
        return left.length === 0;
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
  await write(configFile, startingConfig({ port, logFile, modelUrl }));
  return home;
}

/** In place, as most editors do; the Gateway watches the file. */
function write(file: string, config: Json): Promise<void> {
  return writeFile(file, JSON.stringify(config, undefined, 2));
}

function startingConfig({ port, logFile, modelUrl }: { port: number; logFile: string; modelUrl: string }): Json {
  const model = (id: string): Json => ({
    id,
    name: id,
    reasoning: false,
    input: ["text"],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 128_000,
    maxTokens: 4096,
  });
  return {
    gateway: { mode: "local", bind: "loopback", port, auth: { mode: "token", token } },
    logging: { file: logFile },
    update: { checkOnStart: false },
    telemetry: { enabled: false },
    agents: { defaults: { model: { primary: "fake/fake-model" } } },
    models: {
      providers: {
        fake: {
          baseUrl: modelUrl,
          apiKey: "sk-fake",
          api: "openai-completions",
          models: [model("fake-model"), model("other-model")],
        },
      },
    },
  };
}

const foreign = /^(OPENCLAW_|npm_|VOICE_CALL_|TWILIO_|TELNYX_|PLIVO_|NGROK_|XDG_|NODE_(?!EXTRA_CA_CERTS$)|CI$)/;

/** Nothing of the person's own OpenClaw, nor of the npm script that runs the suite, reaches the host; how npm reaches its registry does. */
function environment(host: InstalledHost, own: Record<string, string>): Record<string, string> {
  const kept = Object.entries(process.env).filter(([key]) => !foreign.test(key));
  const inherited = Object.fromEntries(kept.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  return {
    ...inherited,
    npm_config_userconfig: process.env["npm_config_userconfig"] ?? join(homedir(), ".npmrc"),
    npm_config_cache: process.env["npm_config_cache"] ?? join(homedir(), ".npm"),
    ...own,
    PATH: `${host.nodeFolder}${delimiter}${inherited["PATH"] ?? ""}`,
    NO_COLOR: "1",
  };
}

function run(
  host: InstalledHost,
  args: string[],
  { env, timeoutMs }: { env: Record<string, string>; timeoutMs: number },
): Promise<Ran> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const options = { env, cwd: env["HOME"], timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(host.node, [host.program, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ code, stdout, stderr, ms: performance.now() - startedAt });
      else reject(new Error(`openclaw ${args.join(" ")} did not end by itself within ${timeoutMs} ms: ${stderr}`));
    });
  });
}

/** A process belongs to the home that its environment names. */
async function processesOf(folder: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")));
  return pids.filter((_, index) => environments[index]?.split("\0").includes(`HOME=${folder}`) === true).map(Number);
}

/** The section of the plugin. */
export function voiceSection(config: Json): Json {
  const plugins = child(config, "plugins");
  return child(child(child(plugins, "entries"), "voice-call"), "config");
}

export function child(parent: Json, key: string): Json {
  const value = parent[key];
  if (typeof value === "object" && value !== null) return value as Json;
  const made: Json = {};
  parent[key] = made;
  return made;
}
