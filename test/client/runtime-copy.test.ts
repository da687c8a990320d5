// The daemon's private copy: whole or not there, made once however many start, healed when damaged, refused when the package is.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { programList } from "../../scripts/program-list.ts";
import { lastingEntry, runtimeEntry } from "../../src/client/runtime-copy.ts";
import { pruneCopies } from "../../src/daemon/runtime-copies.ts";

let home = "";
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "voicecall-copy-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const stateDir = () => join(home, "state");
const runtime = () => join(stateDir(), "runtime");

/** An installed package of this version whose daemon is one line. */
function installed(version: string, program = `console.log("${version}")`): string {
  const root = join(home, `package-${version}`);
  const files = new Map([
    ["daemon.js", `import "./chunks/late.js";\n${program}\n`],
    ["chunks/late.js", "export const late = true;\n"],
  ]);
  mkdirSync(join(root, "dist", "chunks"), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(root, "dist", name), text);
  writeFileSync(join(root, "dist", "daemon.files.json"), programList(files, version));
  return root;
}

/** Everything below a folder, with the permissions of each. */
function modes(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    ({ parentPath, name }) => !join(parentPath, name).includes("/current"),
  );
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => [
      join(parentPath, name).slice(folder.length + 1),
      (statSync(join(parentPath, name)).mode & 0o777).toString(8),
    ]),
  );
}

test("it is complete, runs without the package, and is for its owner alone", async () => {
  const root = installed("1.0.0");
  const entry = runtimeEntry(stateDir(), root);
  rmSync(root, { recursive: true });
  expect((await promisify(execFile)(process.execPath, [entry])).stdout).toBe("1.0.0\n");
  const name = dirname(entry).slice(runtime().length + 1);
  expect(name).toMatch(/^1\.0\.0-[0-9a-f]{16}$/);
  expect(modes(stateDir())).toEqual({
    runtime: "700",
    [`runtime/${name}`]: "700",
    [`runtime/${name}/chunks`]: "700",
    [`runtime/${name}/chunks/late.js`]: "600",
    [`runtime/${name}/daemon.files.json`]: "600",
    [`runtime/${name}/daemon.js`]: "600",
    [`runtime/${name}/package.json`]: "600",
  });
});

test("with the copy in place nothing is written, and the package's files are not read again", () => {
  const root = installed("1.0.0");
  const entry = runtimeEntry(stateDir(), root);
  const before = statSync(runtime()).mtimeMs;
  unlinkSync(join(root, "dist", "daemon.js"));
  expect(runtimeEntry(stateDir(), root)).toBe(entry);
  expect(statSync(runtime()).mtimeMs).toBe(before);
});

test("when the package is gone, the copy that was used last goes on; a damaged one does not", () => {
  const root = installed("1.0.0");
  const entry = runtimeEntry(stateDir(), root);
  rmSync(root, { recursive: true });
  expect(runtimeEntry(stateDir(), root)).toBe(entry);
  unlinkSync(join(dirname(entry), "chunks", "late.js"));
  expect(() => runtimeEntry(stateDir(), root)).toThrow(expect.objectContaining({ code: "DAEMON_UNREACHABLE" }));
});

test("the same version with other content is another copy, and the lasting path leads to the one used last", () => {
  const one = runtimeEntry(stateDir(), installed("1.0.0"));
  const two = runtimeEntry(stateDir(), installed("1.0.0", "console.log(2)"));
  expect(dirname(two)).not.toBe(dirname(one));
  expect(lastingEntry(stateDir())).toBe(join(runtime(), "current", "daemon.js"));
  expect(readFileSync(lastingEntry(stateDir()), "utf8")).toBe(readFileSync(two, "utf8"));
  runtimeEntry(stateDir(), installed("1.0.0"));
  expect(readFileSync(lastingEntry(stateDir()), "utf8")).toBe(readFileSync(one, "utf8"));
});

test.for([
  ["a file cut short", (folder: string) => writeFileSync(join(folder, "chunks/late.js"), "")],
  ["a file gone", (folder: string) => unlinkSync(join(folder, "daemon.js"))],
  ["no package.json", (folder: string) => unlinkSync(join(folder, "package.json"))],
  ["an empty folder", (folder: string) => (rmSync(folder, { recursive: true }), mkdirSync(folder))],
] as const)("a damaged copy is made anew: %s", ([, damage]) => {
  const root = installed("1.0.0");
  const entry = runtimeEntry(stateDir(), root);
  const whole = modes(runtime());
  damage(dirname(entry));
  expect(runtimeEntry(stateDir(), root)).toBe(entry);
  expect(modes(runtime())).toEqual(whole);
  expect(readFileSync(entry, "utf8")).toContain("1.0.0");
});

test("a draft that a crash left half-made is never taken for a copy", () => {
  mkdirSync(join(runtime(), ".draft-crashed"), { recursive: true });
  writeFileSync(join(runtime(), ".draft-crashed", "daemon.js"), "half");
  const entry = runtimeEntry(stateDir(), installed("1.0.0"));
  expect(readFileSync(entry, "utf8")).toContain("1.0.0");
});

test.for([
  ["a changed file", (dist: string) => appendFileSync(join(dist, "chunks/late.js"), "//")],
  [
    "a file of the same size",
    (dist: string) => writeFileSync(join(dist, "chunks/late.js"), "export const late = TRUE;\n"),
  ],
  ["a missing file", (dist: string) => unlinkSync(join(dist, "chunks/late.js"))],
  ["no list", (dist: string) => unlinkSync(join(dist, "daemon.files.json"))],
  ["half a list", (dist: string) => writeFileSync(join(dist, "daemon.files.json"), '{"version":"1.0.0"')],
  [
    "a list that leads elsewhere",
    (dist: string) =>
      writeFileSync(join(dist, "daemon.files.json"), '{"version":"../../x","digest":"d","files":{"daemon.js":1}}'),
  ],
] as const)("a package that is incomplete or being changed gives no copy: %s", ([, change]) => {
  const root = installed("1.0.0");
  change(join(root, "dist"));
  expect(() => runtimeEntry(stateDir(), root)).toThrow(
    expect.objectContaining({ code: "DAEMON_UNREACHABLE", hint: "build or install the package again" }),
  );
  expect(modes(home)["state"] === undefined || readdirSync(runtime()).length === 0).toBe(true);
});

test.for([
  ["anybody may write there", () => chmodSync(runtime(), 0o777), false],
  ["it belongs to somebody else", () => chownSync(runtime(), 12_345, 12_345), true],
] as const)("a program that somebody else could have put there is never run: %s", ([, open, needsRoot], { skip }) => {
  if (needsRoot && process.getuid?.() !== 0) skip();
  const root = installed("1.0.0");
  runtimeEntry(stateDir(), root);
  open();
  const refusal = expect.objectContaining({ code: "UNAUTHORIZED", message: expect.stringContaining(runtime()) });
  expect(() => runtimeEntry(stateDir(), root)).toThrow(refusal);
  rmSync(root, { recursive: true });
  expect(() => runtimeEntry(stateDir(), root)).toThrow(refusal);
});

test("a state directory that cannot be written is told with its path", () => {
  const root = installed("1.0.0");
  writeFileSync(stateDir(), "a file where the directory should be");
  expect(() => runtimeEntry(stateDir(), root)).toThrow(
    expect.objectContaining({ code: "STORE_FAILED", message: expect.stringContaining(stateDir()) }),
  );
});

test("twenty processes at once make one copy and leave no draft", async () => {
  const root = installed("1.0.0", `console.log("${"x".repeat(2_000_000)}")`);
  const url = new URL("../../src/client/runtime-copy.ts", import.meta.url).href;
  const program = `import { runtimeEntry } from ${JSON.stringify(url)};
    console.log(runtimeEntry(${JSON.stringify(stateDir())}, ${JSON.stringify(root)}));`;
  const runs = await Promise.all(
    Array.from({ length: 20 }, () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", program])),
  );
  const [entry = ""] = new Set(runs.map(({ stdout }) => stdout.trim()));
  expect(new Set(runs.map(({ stdout }) => stdout.trim())).size).toBe(1);
  expect(readdirSync(runtime()).toSorted()).toEqual([dirname(entry).slice(runtime().length + 1), "current"]);
  const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  expect(digest(entry)).toBe(digest(join(root, "dist", "daemon.js")));
}, 30_000);

/** As if it had been made long ago. */
function age(folder: string): void {
  utimesSync(folder, 1, 1);
}

test("the owner prunes old copies and drafts, but never its own, the lasting one, or one that is being made", async () => {
  const [own, old, lasting, young] = ["1.0.0", "0.8.0", "1.1.0", "1.2.0"].map((version) =>
    dirname(runtimeEntry(stateDir(), installed(version))),
  );
  runtimeEntry(stateDir(), join(home, "package-1.1.0"));
  const draft = join(runtime(), ".draft-old");
  mkdirSync(draft);
  for (const folder of [own, old, lasting, draft]) age(folder ?? "");
  await pruneCopies({ stateDir: stateDir(), own: own ?? "", now: Date.now() });
  const names = [own, lasting, young].map((folder = "") => folder.slice(runtime().length + 1));
  expect(new Set(readdirSync(runtime()))).toEqual(new Set([...names, "current"]));
  expect(readlinkSync(join(runtime(), "current"))).toContain("1.1.0");
});

test("a daemon that runs from elsewhere prunes nothing it does not know, and minds no missing folder", async () => {
  await pruneCopies({ stateDir: stateDir(), own: "/elsewhere", now: Date.now() });
  const entry = runtimeEntry(stateDir(), installed("1.0.0"));
  age(dirname(entry));
  await pruneCopies({ stateDir: stateDir(), own: "/elsewhere", now: Date.now() });
  expect(readFileSync(entry, "utf8")).toContain("1.0.0");
});
