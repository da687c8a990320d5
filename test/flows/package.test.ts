// What is published: the plugin's entry as the host loads it, the programs, and the licences of what is in them.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = (name: string) => readFile(join(root, "dist", name), "utf8");

test("the plugin's entry is loaded by require(), without the client, tRPC, zod or anything of the host", async () => {
  const program = `
    const { registerHooks } = require("node:module");
    const seen = [];
    registerHooks({ resolve: (name, context, next) => { const found = next(name, context); seen.push(found.url); return found; } });
    const { default: plugin } = require(${JSON.stringify(join(root, "dist", "plugin.js"))});
    console.log(JSON.stringify({ id: plugin.id, register: typeof plugin.register, seen }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", program]);
  const { seen, ...plugin }: { seen: string[] } = JSON.parse(stdout);
  expect(plugin).toEqual({ id: "voice-call", register: "function" });
  const bundles = seen.filter((url) => url.startsWith("file:"));
  expect(bundles.length).toBeGreaterThan(0);
  for (const url of bundles) {
    expect(await readFile(fileURLToPath(url), "utf8")).not.toMatch(/TRPCClientError|ZodError|from "openclaw/);
  }
});

test("the daemon's program is listed in full, with its licences, and nothing of it is looked for outside", async () => {
  const { version, files } = JSON.parse(await dist("daemon.files.json"));
  expect(version).toBe(JSON.parse(await readFile(join(root, "package.json"), "utf8")).version);
  const names = Object.keys(files);
  expect(names).toEqual(expect.arrayContaining(["THIRD-PARTY-LICENSES.txt", "checkpoint-worker.js", "daemon.js"]));
  const scripts = names.filter((name) => name.endsWith(".js"));
  const wanted = new Set<string>();
  for (const name of scripts) {
    for (const [, found = ""] of (await dist(name)).matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.js)"/g)) {
      wanted.add(new URL(found, `file:///${name}`).pathname.slice(1));
    }
  }
  expect([...wanted].filter((name) => !scripts.includes(name))).toEqual([]);
});

test("the licences name what is in the bundles", async () => {
  const text = await dist("THIRD-PARTY-LICENSES.txt");
  for (const name of ["@trpc/server", "@trpc/client", "commander", "json5", "pino", "twilio", "ws", "zod"]) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
  }
});
