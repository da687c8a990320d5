import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { cli, json } from "./terminal.ts";

const run = promisify(execFile);
const main = join(import.meta.dirname, "../../src/cli/main.ts");

const commands = ["call", "start", "continue", "speak", "dtmf", "end", "status", "tail", "latency", "completion"]
  .concat(["setup", "smoke", "expose", "unexpose", "pair"])
  .concat(["mock inbound", "mock say", "mock digits", "mock hangup"])
  .concat(["run", "start", "stop", "status", "logs", "install", "uninstall"].map((name) => `daemon ${name}`));

test.for(commands)("%s explains itself with examples", async (command) => {
  const { out, err, code } = await cli([...command.split(" "), "--help"]);
  expect(out).toMatch(new RegExp(`^Usage: voicecall ${command}`));
  expect(out).toMatch(/--json .*\n/);
  expect(out).toMatch(/--config <file> /);
  expect(out).toContain(`Examples:\n  voicecall ${command}`);
  expect({ err, code }).toEqual({ err: "", code: 0 });
});

test("the root's help names every command and exit code", async () => {
  const { out, code } = await cli(["--help"]);
  for (const command of commands.filter((name) => !name.includes(" "))) expect(out).toContain(`\n  ${command} `);
  expect(out).toContain("7  not possible in the call's present state");
  expect(code).toBe(0);
});

test.for([[], ["daemon"], ["mock"]])("%j alone shows help on stderr", async (argv) => {
  const { out, err, code } = await cli(argv);
  expect({ out, code }).toEqual({ out: "", code: 2 });
  expect(err).toContain("Usage: voicecall");
});

test("version", async () => {
  expect(await cli(["--version"])).toMatchObject({ out: "1.2.3\n", err: "", code: 0 });
});

test.for(["bash", "zsh", "fish"])("completion for %s knows every command and option", async (shell) => {
  const { out, code } = await cli(["completion", shell]);
  expect(code).toBe(0);
  for (const command of commands) expect(out).toContain(`voicecall/${command.replace(" ", "/")}`);
  for (const word of ["follow", "call-id", "drain", "since"]) expect(out).toContain(word);
  expect(out).toContain("notify");
  expect(json((await cli(["completion", shell, "--json"])).out)).toEqual({ shell, script: out });
});

/** What bash would offer after these words. */
async function offered(...words: string[]): Promise<string[]> {
  const { out } = await cli(["completion", "bash"]);
  const ask = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _voicecall; printf "%s\\n" "${COMPREPLY[@]}"';
  const { stdout } = await run("bash", ["-c", `${out}\n${ask}`, "bash", "voicecall", ...words]);
  return stdout.trim().split("\n");
}

test("bash offers what fits", async () => {
  expect(await offered("da")).toEqual(["daemon"]);
  expect(await offered("daemon", "sto")).toEqual(["stop"]);
  expect(await offered("daemon", "stop", "--d")).toEqual(["--drain"]);
  expect(await offered("call", "--mode", "n")).toEqual(["notify"]);
  expect(await offered("call", "--message", "n")).toEqual([""]);
  expect(await offered("expose", "--mode", "f")).toEqual(["funnel"]);
  expect(await offered("setup", "--provider", "tw")).toEqual(["twilio"]);
  expect(await offered("pair", "--r")).toEqual(["--refuse"]);
  expect(await offered("completion", "z")).toEqual(["zsh"]);
});

test("bash finds no fault with its script", async () => {
  const child = spawn("bash", ["-n"], { stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.end((await cli(["completion", "bash"])).out);
  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect({ complaints, code }).toEqual({ complaints: "", code: 0 });
});

test("the program itself: result, exit code, nothing left", async () => {
  const { stdout, stderr } = await run(process.execPath, [main, "--version"]);
  expect({ stdout, stderr }).toEqual({ stdout: "0.0.0\n", stderr: "" });
  await expect(run(process.execPath, [main, "cal"])).rejects.toMatchObject({ code: 2, stdout: "" });
});

test("a reader that went away is no error", async () => {
  const child = spawn(process.execPath, [main, "completion", "zsh"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect({ complaints, code }).toEqual({ complaints: "", code: 0 });
});

test("help and version load neither client nor what it needs", async () => {
  const watch = `data:text/javascript,import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) { if (/src\\/client\\/(?!field)|ws\\/|trpc|zod/.test(url)) throw new Error(url); return next(url, context); } });`;
  const { stdout } = await run(process.execPath, ["--import", watch, main, "--help"]);
  expect(stdout).toContain("Usage: voicecall");
});
