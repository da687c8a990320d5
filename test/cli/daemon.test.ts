import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { logLines } from "../../src/cli/log-lines.ts";
import { FakeVoiceCall } from "../support/fake-voice-call.ts";
import { cli, json, jsonLines, record } from "./terminal.ts";

let home = "";
beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), "voicecall-cli-"))));
afterEach(() => rm(home, { recursive: true, force: true }));

/** A process in the daemon's place, which takes a moment to end and leaves a file as its last deed. */
async function staying() {
  const end = `require("fs").writeFileSync(${JSON.stringify(join(home, "ended"))}, ""), process.exit()`;
  const program = `process.on("SIGTERM", () => setTimeout(() => { ${end} }, 60)); setInterval(() => {}, 1000); process.stdout.write(".")`;
  const child = spawn(process.execPath, ["-e", program]);
  await once(child.stdout, "data");
  return { child, pid: child.pid ?? 0, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

test("status of no daemon starts none", async () => {
  const { out, err, code, voice } = await cli(["daemon", "status"]);
  expect({ document: json(out), err, code }).toEqual({
    document: { running: false, stateDir: "/state", log: "/state/daemon.log" },
    err: "",
    code: 3,
  });
  expect(voice.orders).toEqual([]);
});

test("status of a running daemon, with its problems", async () => {
  const { out, code } = await cli(["daemon", "status"], { running: record });
  expect(json(out)).toMatchObject({
    running: true,
    pid: 4242,
    url: record.url,
    liveCalls: 1,
    problems: [{ code: "CONFIG_INVALID" }],
  });
  expect(code).toBe(0);
  const text = (await cli(["daemon", "status"], { running: record, tty: true, env: { NO_COLOR: "1" } })).out;
  expect(text).toMatch(/^running +process 4242, version 0.1.0, for 10 s\n/);
  expect(text).toContain("calls     1 live call\n");
  expect(text).toContain("from https://voice.example.com/voice/webhook\n");
  expect(text).toContain("CONFIG_INVALID  fromNumber is missing\n  set fromNumber\n");
});

test("start says whether it was needed", async () => {
  expect(json((await cli(["daemon", "start"])).out)).toEqual({
    running: true,
    pid: 4242,
    url: record.url,
    started: true,
  });
  expect(json((await cli(["daemon", "start"], { running: record })).out)).toMatchObject({ started: false });
});

test("stop without a daemon is done at once", async () => {
  const { out, err, code } = await cli(["daemon", "stop"]);
  expect({ document: json(out), err, code }).toEqual({
    document: { stopped: false },
    err: "The daemon is not running.\n",
    code: 0,
  });
});

test.for([
  [[], ["shutdown"], { force: false }],
  [["--force"], ["shutdown"], { force: true }],
  [["--drain"], ["drain", "shutdown"], { force: false }],
] as const)("stop %j returns when the process is gone", async ([flags, orders, order]) => {
  using daemon = await staying();
  const voice = new FakeVoiceCall();
  const shutdown = voice.system.shutdown.bind(voice.system);
  voice.system.shutdown = async (options) => {
    await shutdown(options);
    daemon.child.kill();
  };
  const running = { ...record, pid: daemon.pid };
  const { out, code } = await cli(["daemon", "stop", ...flags], { voice, running });
  expect({ document: json(out), code }).toEqual({ document: { stopped: true, pid: daemon.pid }, code: 0 });
  expect(await readdir(home)).toContain("ended");
  expect(voice.orders.slice(1).map(([name]) => name)).toEqual(orders);
  expect(voice.orders).toContainEqual(["shutdown", order]);
  expect(voice.orders[0]).toEqual(["connect", { autoStart: false, onNotice: undefined }]);
});

test("stop refuses while calls are live", async () => {
  const voice = new FakeVoiceCall();
  voice.failure = new CallError("LIVE_CALLS", "1 call is live", { hint: "`--drain` waits" });
  expect(await cli(["daemon", "stop"], { voice, running: record })).toMatchObject({
    out: "",
    code: 7,
    err: "error: 1 call is live\n  `--drain` waits\n",
  });
});

test.for([
  [
    { ready: { pid: 1, url: record.url } },
    7,
    { running: true, pid: expect.any(Number), url: record.url, started: true },
    7,
  ],
  [{ held: true }, 0, { running: true, pid: 4242, url: record.url, started: false }, 0],
] as const)("run stays until the daemon ends: %j, exit code %i", async ([report, exit, document, code]) => {
  const entry = join(home, "daemon.mjs");
  const lines = [
    `import { closeSync, writeFileSync, writeSync } from "node:fs";`,
    `writeSync(3, ${JSON.stringify(JSON.stringify(report))} + "\\n"); closeSync(3);`,
    `writeFileSync(${JSON.stringify(join(home, "argv"))}, process.argv.slice(2).join(" "));`,
    `process.exitCode = ${exit};`,
  ];
  await writeFile(entry, lines.join("\n"));
  const ran = await cli(["daemon", "run"], {
    running: record,
    node: process.execPath,
    client: { daemonCommand: async ({ stateDir, configFile }) => [entry, stateDir, configFile] },
  });
  expect({ document: json(ran.out), err: ran.err, code: ran.code }).toEqual({ document, err: "", code });
  expect(await readFile(join(home, "argv"), "utf8")).toBe("/state /openclaw.json --stay");
});

test("run says why the daemon could not start", async () => {
  const entry = join(home, "daemon.mjs");
  const failed = { code: "STORE_FAILED", message: "calls.sqlite is of a newer version", hint: "update" };
  await writeFile(
    entry,
    `import { writeSync } from "node:fs"; writeSync(3, ${JSON.stringify(JSON.stringify({ failed }))}); process.exit(1);`,
  );
  const ran = await cli(["daemon", "run", "--json"], {
    node: process.execPath,
    client: { daemonCommand: async () => [entry] },
  });
  expect({ out: ran.out, error: json(ran.err), code: ran.code }).toEqual({
    out: "",
    error: { error: failed },
    code: 1,
  });
});

test("logs: the last lines, whole ones, readable or as JSON", async () => {
  const file = join(home, "daemon.log");
  const line = (number: number): string =>
    JSON.stringify({ level: 40, time: "2026-02-03T04:05:06.000Z", pid: 1, call: "call-1", msg: `Grüße ${number}` });
  await writeFile(file, Array.from({ length: 3000 }, (_, index) => `${line(index)}\n`).join(""));
  const client = { logFile: () => file };
  const all = jsonLines((await cli(["daemon", "logs"], { client })).out);
  expect(all).toHaveLength(100);
  expect(all.at(-1)).toMatchObject({ msg: "Grüße 2999" });
  expect(jsonLines((await cli(["daemon", "logs", "--last", "2999"], { client })).out)[0]).toMatchObject({
    msg: "Grüße 1",
  });
  expect(jsonLines((await cli(["daemon", "logs", "--last", "9999"], { client })).out)).toHaveLength(3000);
  const text = (await cli(["daemon", "logs", "--last", "1"], { client, tty: true, env: { NO_COLOR: "1" } })).out;
  expect(text).toMatch(/^\d\d:\d\d:\d\d {2}warn {3}Grüße 2999 {2}call=call-1\n$/);
  await writeFile(file, "not JSON\n");
  expect(json((await cli(["daemon", "logs"], { client })).out)).toEqual({ msg: "not JSON" });
});

test("no log yet", async () => {
  const ran = await cli(["daemon", "logs"], { client: { logFile: () => join(home, "none.log") } });
  expect(ran).toMatchObject({ out: "", code: 0, err: `No log yet: ${join(home, "none.log")}\n` });
});

test("logs are followed over rotation, without loss or repeat", async () => {
  const file = join(home, "daemon.log");
  await writeFile(file, "one\n");
  const stop = new AbortController();
  const lines = logLines({ file, last: 10, follow: stop.signal });
  const next = async (): Promise<unknown> => (await lines.next()).value;
  expect(await next()).toBe("one");
  await appendFile(file, "tw");
  await appendFile(file, "o\nthree\n");
  expect([await next(), await next()]).toEqual(["two", "three"]);
  await appendFile(file, "four\n");
  await rename(file, `${file}.1`);
  await writeFile(file, "five\n");
  expect([await next(), await next()]).toEqual(["four", "five"]);
  stop.abort();
  expect((await lines.next()).done).toBe(true);
});

/** A program on PATH that notes how it was called. */
async function fakeProgram(name: string, body = ""): Promise<void> {
  await mkdir(join(home, "bin"), { recursive: true });
  const file = join(home, "bin", name);
  await writeFile(file, `#!/bin/sh\necho "${name} $*" >> "${home}/calls"\n${body}\n`);
  await chmod(file, 0o755);
}

const calls = async (): Promise<string[]> => (await readFile(join(home, "calls"), "utf8")).trimEnd().split("\n");

test("install writes a systemd user unit, uninstall leaves nothing", async () => {
  await fakeProgram("systemctl");
  const env = {
    HOME: home,
    PATH: join(home, "bin"),
    OPENCLAW_STATE_DIR: '/a "b" 100%',
    TWILIO_AUTH_TOKEN: "secret-token",
  };
  const folder = join(home, ".config", "systemd", "user");
  const file = join(folder, "openclaw-voice-call.service");
  const installed = await cli(["daemon", "install"], { env });
  expect({ document: json(installed.out), code: installed.code }).toEqual({
    document: { installed: true, file },
    code: 0,
  });
  expect(installed.err).toContain("loginctl enable-linger");
  expect(installed.err).toContain("does not see TWILIO_AUTH_TOKEN of this shell");
  const unit = await readFile(file, "utf8");
  expect(unit).toContain('ExecStart="/opt/node" "/my $$HOME/daemon.js" "/state" "/openclaw.json" "--stay"\n');
  expect(unit).toContain(String.raw`Environment="OPENCLAW_STATE_DIR=/a \"b\" 100%%"`);
  expect(unit).not.toContain("secret-token");
  const unitName = "openclaw-voice-call.service";
  expect(await calls()).toEqual([
    "systemctl --user show-environment",
    "systemctl --user daemon-reload",
    `systemctl --user enable --now ${unitName}`,
  ]);
  expect(json((await cli(["daemon", "uninstall"], { env })).out)).toEqual({ uninstalled: true, file });
  expect(await readdir(folder)).toEqual([]);
  expect((await calls()).slice(3)).toEqual([
    `systemctl --user disable --now ${unitName}`,
    "systemctl --user daemon-reload",
  ]);
  expect(json((await cli(["daemon", "uninstall"], { env })).out)).toEqual({ uninstalled: false });
});

test("install respects XDG_CONFIG_HOME", async () => {
  await fakeProgram("systemctl");
  const env = { HOME: home, PATH: join(home, "bin"), XDG_CONFIG_HOME: join(home, "xdg") };
  await cli(["daemon", "install"], { env });
  expect(await readdir(join(home, "xdg", "systemd", "user"))).toEqual(["openclaw-voice-call.service"]);
});

test("install without systemctl, or with one that refuses, writes nothing", async () => {
  const env = { HOME: home, PATH: join(home, "bin") };
  const missing = await cli(["daemon", "install"], { env });
  expect(missing).toMatchObject({ out: "", code: 2 });
  expect(missing.err).toContain("`systemctl --user show-environment` failed: it is not installed");
  await fakeProgram("systemctl", "echo 'Failed to connect to bus' >&2; exit 1");
  expect((await cli(["daemon", "install"], { env })).err).toContain("Failed to connect to bus");
  expect(await readdir(home)).not.toContain(".config");
});

test("install does not end live calls of a running daemon", async () => {
  await fakeProgram("systemctl");
  const voice = new FakeVoiceCall();
  voice.failure = new CallError("LIVE_CALLS", "1 call is live");
  const ran = await cli(["daemon", "install"], {
    voice,
    running: record,
    env: { HOME: home, PATH: join(home, "bin") },
  });
  expect(ran).toMatchObject({ out: "", code: 7 });
  expect(ran.err).toContain("voicecall daemon stop --drain");
  expect(await readdir(home)).toEqual(["bin"]);
});

test("on macOS a launchd agent is made and taken away", async () => {
  await fakeProgram("launchctl");
  await fakeProgram("id", "echo 501");
  const env = { HOME: home, PATH: join(home, "bin"), OPENCLAW_STATE_DIR: "/a&b" };
  const file = join(home, "Library", "LaunchAgents", "ai.openclaw.voice-call.plist");
  expect(json((await cli(["daemon", "install"], { env, platform: "darwin" })).out)).toEqual({ installed: true, file });
  const plist = await readFile(file, "utf8");
  expect(plist).toContain("<string>/my $HOME/daemon.js</string>");
  expect(plist).toContain("<string>/a&amp;b</string>");
  expect(await calls()).toContain(`launchctl bootstrap gui/501 ${file}`);
  await cli(["daemon", "uninstall"], { env, platform: "darwin" });
  expect((await calls()).at(-1)).toBe("launchctl bootout gui/501/ai.openclaw.voice-call");
  expect(await readdir(join(home, "Library", "LaunchAgents"))).toEqual([]);
});

test("elsewhere there is no service", async () => {
  expect(await cli(["daemon", "install"], { platform: "win32" })).toMatchObject({ out: "", code: 2 });
});

test("status tells of live audio where calls go over media streams, and says nothing of it elsewhere", async () => {
  const voice = new FakeVoiceCall();
  const shown = async (): Promise<string> =>
    (await cli(["daemon", "status"], { voice, running: record, tty: true, env: { NO_COLOR: "1" } })).out;
  expect(await shown()).not.toContain("recogniser");
  voice.report = {
    ...voice.report,
    liveAudio: { streamingCalls: 2, voices: ["openai", "embedded"], recognisers: [] },
  };
  const told = await shown();
  expect(told).toMatch(/streams +2 calls over a media stream now\n/);
  expect(told).toMatch(/voice +openai, then embedded\n/);
  expect(told).toMatch(/recogniser +the carrier's own\n/);
});
