// Installing the package in each of the three ways, and what the host then sees of it.
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Chapter } from "../harness/chapter.ts";
import type { HostHome } from "../harness/host-home.ts";
import type { InstalledHost } from "../harness/installed-host.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");

export interface Packed extends AsyncDisposable {
  /** The tarball that would be published. */
  tarball: string;
  /** The same, unpacked. */
  folder: string;
  version: string;
  /** The same package as a later version. */
  newer: { tarball: string; version: string };
}

export async function pack(): Promise<Packed> {
  const temp = await mkdtemp(join(tmpdir(), "voicecall-host-package-"));
  const tarball = await packed(root, temp);
  await run("tar", ["-xzf", tarball, "-C", temp]);
  const folder = join(temp, "package");
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string };
  return {
    tarball,
    folder,
    version,
    newer: await later(folder, temp),
    [Symbol.asyncDispose]: () => rm(temp, { recursive: true, force: true }),
  };
}

async function packed(folder: string, into: string): Promise<string> {
  // What is built is packed: the suite's own script has built it.
  const order = ["pack", "--ignore-scripts", "--json", "--pack-destination", into];
  const { stdout } = await run("npm", order, { cwd: folder });
  const [entry] = JSON.parse(stdout) as { filename: string }[];
  assert(entry !== undefined, "npm pack packed nothing");
  return join(into, entry.filename);
}

async function later(folder: string, temp: string): Promise<{ tarball: string; version: string }> {
  const [copy, into] = [join(temp, "later"), join(temp, "later-packed")];
  await cp(folder, copy, { recursive: true });
  await mkdir(into);
  const file = join(copy, "package.json");
  const description = JSON.parse(await readFile(file, "utf8")) as { version: string };
  const version = description.version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
  await writeFile(file, JSON.stringify({ ...description, version }, undefined, 2));
  return { tarball: await packed(copy, into), version };
}

/** The narrow interface by which we know the host, held against the host's own declarations. */
export async function fitsTheHost({ does }: Chapter, host: InstalledHost): Promise<void> {
  await does("what we expect of the host's API is what it declares", async () => {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--project", "unit", "test/plugin/host-conformance.test.ts"];
    const { stdout } = await run(process.execPath, args, {
      cwd: root,
      env: { ...process.env, VOICE_CALL_HOST: host.root },
    });
    assert.match(stdout, /^2 passed, 0 failed$/m);
  });
}

export type Way = "link" | "folder" | "tarball";

function installArgs(way: Way, { folder, tarball }: { folder: string; tarball: string }): string[] {
  const what = { link: ["--link", folder], folder: [folder], tarball: [`npm-pack:${tarball}`] }[way];
  return ["plugins", "install", ...what, "--force", "--accept-capabilities"];
}

interface Inspected {
  plugin: { status: string; error?: string; version?: string; toolNames?: string[] };
  [key: string]: unknown;
}

const methods = [
  "initiate",
  "start",
  "continue",
  "continue.start",
  "continue.result",
  "speak",
  "dtmf",
  "end",
  "status",
];

/** Installs and inspects. */
export async function installs(
  { needs, does }: Chapter,
  home: HostHome,
  { way, packed: what }: { way: Way; packed: Packed },
): Promise<void> {
  await needs(`the package is installed as a ${way}`, async () => {
    const { code, stdout, stderr } = await home.openclaw(installArgs(way, what));
    assert.equal(code, 0, stderr);
    assert.match(stdout, way === "link" ? /Linked plugin path/ : /Installed plugin: voice-call/);
  });
  await does(
    `installed as a ${way} it is loaded, with its tool, methods, service and command, and no complaint`,
    async () => {
      const { code, stdout, stderr } = await home.openclaw(["plugins", "inspect", "voice-call", "--runtime", "--json"]);
      assert.equal(code, 0, stderr);
      const seen = JSON.parse(stdout) as Inspected;
      assert.equal(seen.plugin.status, "loaded", seen.plugin.error);
      assert.equal(seen.plugin.version, what.version);
      assert.deepEqual(seen.plugin.toolNames, ["voice_call"]);
      const everything = JSON.stringify(seen);
      for (const method of methods)
        assert(everything.includes(`"voicecall.${method}"`), `no method voicecall.${method}`);
      assert.deepEqual(seen["services"], ["voice-call"]);
      assert(JSON.stringify(seen["cliCommands"]).includes(`"voicecall"`), "no command voicecall");
      assert.deepEqual(
        (seen["diagnostics"] as { level?: string }[]).filter(({ level }) => level !== "info"),
        [],
      );
    },
  );
}
