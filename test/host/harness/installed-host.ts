// The real OpenClaw and its Node, installed from the npm registry into a cache outside the repository, once for each pair of versions.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** The pins: what this package is made for and tested with. */
const nodeVersion = "24.21.0";
export const openclawVersion = "2026.9.6";

const installWithinMs = 240_000;

export interface InstalledHost {
  /** Folder that holds `node/` and `openclaw/`. */
  root: string;
  node: string;
  /** Node's own folder, to come first in `PATH`. */
  nodeFolder: string;
  /** The program `openclaw`. */
  program: string;
}

/** Why there is no host: nothing that this package could help. */
export class HostUnavailable extends Error {}

/**
 * The folder that `VOICE_CALL_HOST` names, else the cached one, which is made when it is not there.
 * @throws HostUnavailable when it cannot be installed.
 */
export async function installedHost(env: NodeJS.ProcessEnv, tell: (line: string) => void): Promise<InstalledHost> {
  const named = env["VOICE_CALL_HOST"];
  if (named !== undefined && named !== "") {
    const host = at(named);
    if (!complete(host)) throw new Error(`VOICE_CALL_HOST names ${named}, which holds no node/ and openclaw/`);
    return host;
  }
  const cache = join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "openclaw-voice-call-host");
  const host = at(join(cache, `node-${nodeVersion}-openclaw-${openclawVersion}-${process.platform}-${process.arch}`));
  if (!complete(host)) {
    tell(`installing node@${nodeVersion} and openclaw@${openclawVersion} into ${cache}`);
    await make(cache, host);
  }
  return host;
}

function at(root: string): InstalledHost {
  const nodeFolder = join(root, "node", "node_modules", "node", "bin");
  return {
    root,
    nodeFolder,
    node: join(nodeFolder, "node"),
    program: join(root, "openclaw", "node_modules", "openclaw", "openclaw.mjs"),
  };
}

function complete({ node, program }: InstalledHost): boolean {
  return existsSync(node) && existsSync(program);
}

/** Whoever is second to finish throws its own away. */
async function make(cache: string, host: InstalledHost): Promise<void> {
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, ".making-"));
  try {
    await install(at(making));
    await rename(making, host.root);
  } catch (error) {
    if (complete(host)) return;
    throw new HostUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function install({ root, node, nodeFolder }: InstalledHost): Promise<void> {
  const run = promisify(execFile);
  const npm = async (folder: string, wanted: string): Promise<void> => {
    await mkdir(join(root, folder));
    // A folder with a package of its own: npm looks no further up.
    await writeFile(join(root, folder, "package.json"), JSON.stringify({ name: folder + "-cache", private: true }));
    const order = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", wanted];
    await run("npm", order, { cwd: join(root, folder), timeout: installWithinMs });
  };
  await npm("node", `node@${nodeVersion}`);
  // The package `node` fetches its program in an install script; it is run here by name, so that no other one runs.
  await run(process.execPath, ["installArchSpecificPackage.js"], {
    cwd: join(nodeFolder, ".."),
    timeout: installWithinMs,
    env: { ...process.env, npm_config_ignore_scripts: "true" },
  });
  await npm("openclaw", `openclaw@${openclawVersion}`);
  await run(node, ["--version"]);
}
