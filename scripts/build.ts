// Builds dist/: a few bundled ES modules, their type declarations and the licences of what was bundled.
import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { rolldown, type OutputAsset, type OutputChunk } from "rolldown";
import { pruneDeclarations } from "./declarations.ts";
import { leanBuiltins } from "./lean-builtins.ts";
import { leanTwilio } from "./lean-twilio.ts";
import { licences } from "./licences.ts";
import { programList } from "./program-list.ts";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");
const types = join(dist, "types");
/** As old as the last build's start. `npm ci` deletes it with the packages that went into the bundles. */
const stamp = join(root, "node_modules", ".cache", "voice-call", "built");

/** Each is bundled apart: code that two of them share is there twice, so that each loads few chunks. */
const programs = [
  { cli: "src/cli/main.ts" },
  { client: "src/client/index.ts" },
  { plugin: "src/plugin/index.ts" },
  {
    daemon: "src/daemon/main.ts",
    "checkpoint-worker": "src/daemon/store/checkpoint-worker.ts",
    "voice-worker": "src/daemon/speech/embedded/voice-worker.ts",
  },
  { testing: "src/emulator/index.ts" },
];

/** Copied as they are, beside the bundles that read them. */
const assets = ["src/daemon/media/vad/silero-8k.bin"];

/** What most commands need is read in one go. */
const commands = { name: "commands", test: /src\/cli\/(program|client-port)\.ts$|rolldown.runtime/ };

const noticesFile = "THIRD-PARTY-LICENSES.txt";

/** What goes into dist/, by its path there. */
type Files = Map<string, string | Buffer>;

async function bundleAll(version: string): Promise<Files> {
  const outputs = await Promise.all(programs.map((entries) => bundle(entries, version)));
  const files = filesOf(outputs.flat());
  const daemon = filesOf(outputs.find((output) => output.some(({ fileName }) => fileName === "daemon.js")) ?? []);
  const notices = await licences(outputs.flat(), root);
  const others = await Promise.all(
    assets.map(async (path) => [basename(path), await readFile(join(root, path))] as const),
  );
  for (const [name, content] of [...others, [noticesFile, notices] as const]) {
    files.set(name, content);
    daemon.set(name, content);
  }
  return files.set("daemon.files.json", programList(daemon, version));
}

function filesOf(output: (OutputAsset | OutputChunk)[]): Files {
  return new Map(output.map((file) => [file.fileName, textOf(file)]));
}

async function bundle(entries: Record<string, string>, version: string): Promise<(OutputAsset | OutputChunk)[]> {
  const build = await rolldown({
    cwd: root,
    input: entries,
    platform: "node",
    // Optional and native, which is there for this machine or not at all, and what the host brings along.
    external: ["@ngrok/ngrok", /^openclaw(\/|$)/],
    plugins: [leanTwilio(), leanBuiltins()],
    transform: { target: "node24", define: { __VERSION__: JSON.stringify(version) } },
    treeshake: { propertyReadSideEffects: false },
    optimization: { inlineConst: { mode: "all" } },
  });
  try {
    const { output } = await build.generate({
      format: "esm",
      chunkFileNames: "chunks/[name]-[hash].js",
      comments: false,
      // The plugin loads them only for a command line.
      codeSplitting: { groups: "plugin" in entries ? [] : [commands] },
    });
    return output;
  } finally {
    await build.close();
  }
}

/** Only the command line is run as a program, so its entry alone has an interpreter line. */
function textOf(file: OutputAsset | OutputChunk): string {
  if (file.type === "asset") return String(file.source);
  return file.fileName === "cli.js" ? `#!/usr/bin/env node\n${file.code.replace(/^#!.*\n/, "")}` : file.code;
}

/** A daemon that runs from dist/ loads chunks late: files that did not change stay, the others are swapped whole. */
async function write(files: Files): Promise<void> {
  await mkdir(join(dist, "chunks"), { recursive: true });
  for (const [name, content] of files) {
    const path = join(dist, name);
    const bytes = Buffer.from(content);
    if ((await readFile(path).catch(() => undefined))?.equals(bytes) === true) continue;
    await writeFile(`${path}.${process.pid}.new`, bytes);
    await rename(`${path}.${process.pid}.new`, path);
  }
  await chmod(join(dist, "cli.js"), 0o755);
  for (const name of await readdir(dist, { recursive: true })) {
    if (/\.(js|new)$/.test(name) && !files.has(name)) await rm(join(dist, name));
  }
}

async function declare(): Promise<void> {
  await rm(types, { recursive: true, force: true });
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { status, stdout } = await run(tsc, ["-p", join(root, "tsconfig.types.json")]);
  if (status !== 0) throw new Error(`tsc could not write the declarations:\n${stdout}`);
  await pruneDeclarations(types, ["client/index.d.ts", "emulator/index.d.ts", "plugin/index.d.ts"]);
}

/** What the program printed, and its exit code (-1 when it could not start). */
function run(command: string, args: string[]): Promise<{ status: number; stdout: string }> {
  return new Promise((resolve) => {
    const child = execFile(command, args, (error, stdout) => {
      resolve({ status: error === null ? 0 : (child.exitCode ?? -1), stdout });
    });
  });
}

/** Epoch ms of the last change to what goes into dist/; a deleted file changes its folder. */
async function changedAt(): Promise<number> {
  const folders = ["src", "scripts"];
  const below = await Promise.all(folders.map((name) => readdir(join(root, name), { recursive: true })));
  const paths = below.flatMap((names, at) => names.map((name) => join(folders[at] ?? "", name)));
  const inputs = [...folders, ...paths, "package.json", "package-lock.json", "tsconfig.json", "tsconfig.types.json"];
  return Math.max(...(await Promise.all(inputs.map((path) => modifiedAt(join(root, path))))));
}

/** Epoch ms; 0 when there is no such file. */
async function modifiedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

async function main(): Promise<void> {
  const started = new Date();
  // The first `npx voicecall` of a clone prepares it once more, at a moment when somebody waits.
  const fresh = (await modifiedAt(stamp)) > (await changedAt()) && (await modifiedAt(join(dist, "cli.js"))) > 0;
  if (fresh && process.argv.includes("--if-stale")) return;
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  await Promise.all([bundleAll(version).then(write), declare()]);
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, "");
  await utimes(stamp, started, started);
}

await main();
