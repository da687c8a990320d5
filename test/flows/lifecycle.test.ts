import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { createHome, daemonsOf, ended, eventually, gone, type TestHome } from "../support/daemon.ts";
import { createTwilioHome, ours, publicUrl } from "../support/twilio.ts";

const cli = new URL("../../dist/cli.js", import.meta.url).pathname;
const mock = { provider: "mock", mock: { ringMs: 20, pace: 0.02, replyDelayMs: 20 } };
const to = "+15555550123";

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function voicecall(home: TestHome, ...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], { env: home.env, stdio: ["ignore", "pipe", "pipe"] });
    const run: Run = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (run.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (run.stderr += chunk.toString()));
    child.on("close", (code) => resolve({ ...run, code }));
  });
}

function json(run: Run): unknown {
  return JSON.parse(run.stdout);
}

test("the commands of a first conversation, as a script runs them", async () => {
  await using home = await createHome(mock);
  const placed = await voicecall(home, "call", "--to", to, "--message", "Hi", "--mode", "conversation", "--json");
  expect(placed).toMatchObject({ code: 0, stderr: "" });
  const { callId } = JSON.parse(placed.stdout);
  expect(json(placed)).toEqual({ callId, initiated: true });
  const answer = await voicecall(home, "continue", "--call-id", callId, "--message", "How are you?", "--json");
  expect(json(answer)).toMatchObject({ success: true, transcript: expect.stringContaining("How are you?") });
  expect(json(await voicecall(home, "speak", "--call-id", callId, "--message", "Fine", "--json"))).toEqual({
    success: true,
  });
  expect(json(await voicecall(home, "dtmf", "--call-id", callId, "--digits", "1w#", "--json"))).toEqual({
    success: true,
  });
  expect(json(await voicecall(home, "status", "--json"))).toMatchObject({ found: true, calls: [{ callId }] });
  expect(json(await voicecall(home, "end", "--call-id", callId, "--json"))).toEqual({ success: true });
  expect(json(await voicecall(home, "status", "--call-id", callId, "--json"))).toMatchObject({
    found: true,
    call: { state: "hangup-bot" },
  });
  const again = await voicecall(home, "end", "--call-id", callId, "--json");
  expect(again).toMatchObject({ code: 7, stdout: "" });
  expect(JSON.parse(again.stderr)).toMatchObject({ error: { code: "CALL_ENDED" } });
  expect(await voicecall(home, "status", "--call-id", "call-none", "--json")).toMatchObject({
    code: 4,
    stdout: '{"found":false}\n',
  });
});

test("twenty calls at once from a cold start: one daemon, and the limit holds with a reason for each refusal", async () => {
  await using home = await createHome({ ...mock, mock: { ...mock.mock, ringMs: 5000 } });
  const runs = await Promise.all(
    Array.from({ length: 20 }, () => voicecall(home, "call", "--to", to, "--message", "Hi", "--json")),
  );
  expect(runs.filter(({ code }) => code === 0)).toHaveLength(1);
  for (const { code, stderr } of runs)
    if (code !== 0)
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: "AT_CAPACITY", hint: expect.any(String) } });
  const { pid } = (await home.record()) ?? { pid: 0 };
  expect(await daemonsOf(home.stateDir)).toEqual([pid]);
}, 60_000);

test("stop refuses while a call is live, drains, and leaves nothing behind", async () => {
  await using home = await createHome({ ...mock, outbound: { notifyHangupDelaySec: 4 } });
  const voice = await home.connect();
  const { pid } = voice.daemon;
  const { callId } = await voice.calls.place({ to, message: "Hi" });
  expect(await voicecall(home, "daemon", "stop", "--json")).toMatchObject({
    code: 7,
    stderr: expect.stringContaining("LIVE_CALLS"),
  });
  expect((await voicecall(home, "daemon", "stop", "--drain", "--json")).code).toBe(0);
  // It was started from here: what is left of it goes when this process has noticed its end.
  await gone(pid);
  expect(await home.record()).toBeUndefined();
  const status = await voicecall(home, "daemon", "status", "--json");
  expect(status.code).toBe(3);
  expect(json(status)).toMatchObject({ running: false });
  const back = await home.connect();
  expect((await back.calls.get(callId))?.state).toBe("completed");
});

test("stop --force hangs up what is live", async () => {
  await using home = await createHome(mock);
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to, mode: "conversation" });
  expect((await voicecall(home, "daemon", "stop", "--force")).code).toBe(0);
  const back = await home.connect();
  expect((await back.calls.get(callId))?.state).toBe("hangup-bot");
});

test("the record of a killed daemon, even with the pid of another process, does not stand in the way", async () => {
  await using home = await createHome(mock);
  const voice = await home.connect();
  await home.kill();
  const stale = { ...(voice.daemon as object), pid: process.pid, token: "0".repeat(64) };
  await writeFile(join(home.stateDir, "daemon.json"), JSON.stringify(stale), { mode: 0o600 });
  expect((await voicecall(home, "call", "--to", to, "--message", "Hi", "--json")).code).toBe(0);
  await writeFile(join(home.stateDir, "daemon.json"), '{"pid": 12', { mode: 0o600 });
  expect((await voicecall(home, "status", "--json")).code).toBe(0);
});

test("files of the state directory are for their owner alone", async () => {
  await using home = await createHome(mock);
  await home.connect();
  expect((await stat(home.stateDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(home.stateDir, "daemon.json"))).mode & 0o777).toBe(0o600);
});

test("a taken webhook port is told with its holder and the setting to change; history stays readable", async () => {
  await using home = await createTwilioHome();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(home.port, "127.0.0.1", resolve));
  try {
    const refused = await voicecall(home, "call", "--to", to, "--message", "Hi", "--json");
    expect(refused.code).toBe(3);
    const { error } = JSON.parse(refused.stderr);
    expect(error).toMatchObject({ code: "PORT_IN_USE", hint: expect.stringContaining("serve.port") });
    expect(error.message).toContain(String(process.pid));
    expect((await voicecall(home, "status", "--json")).code).toBe(0);
  } finally {
    await new Promise((resolve) => holder.close(resolve));
  }
  expect((await voicecall(home, "call", "--to", to, "--message", "Hi", "--json")).code).toBe(0);
});

test("a state directory that cannot be made is told as such", async () => {
  await using home = await createHome(mock);
  const impossible = `${home.configFile}/calls`;
  await home.configure({ ...mock, store: impossible });
  const refused = await voicecall(home, "status", "--json");
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stderr)).toMatchObject({
    error: {
      code: "STORE_FAILED",
      message: expect.stringContaining(impossible),
      hint: expect.stringContaining("store"),
    },
  });
});

test("a damaged log is kept aside and told, never overwritten", async () => {
  await using home = await createHome(mock);
  await mkdir(home.stateDir, { recursive: true });
  await writeFile(join(home.stateDir, "calls.sqlite"), "this is no database, but somebody may want it back");
  const voice = await home.connect();
  const { problems } = await voice.system.health();
  expect(problems).toMatchObject([{ message: expect.stringContaining("calls.sqlite") }]);
  const aside = (await readdir(home.stateDir)).find((name) => name.startsWith("calls.sqlite.corrupt"));
  expect(await readFile(join(home.stateDir, aside ?? ""), "utf8")).toContain("somebody may want it back");
});

test("a half-written configuration does not stop status, tail or daemon status, and names the place", async () => {
  await using home = await createHome(mock);
  await writeFile(home.configFile, '{ plugins: { entries: { "voice-call": { config: { provider: "mo');
  expect((await voicecall(home, "status", "--json")).code).toBe(0);
  const status = await voicecall(home, "daemon", "status", "--json");
  expect(json(status)).toMatchObject({
    running: true,
    problems: [{ message: expect.stringContaining("openclaw.json") }],
  });
  const refused = await voicecall(home, "call", "--to", to, "--message", "Hi", "--json");
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("CONFIG_INVALID") });
});

test("tail in another process goes on over a killed daemon, each event once", async () => {
  await using home = await createHome({ ...mock, outbound: { notifyHangupDelaySec: 0 } });
  const voice = await home.connect();
  const tail = spawn(process.execPath, [cli, "tail", "--since", "0", "--json"], {
    env: home.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  tail.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const first = await voice.calls.place({ to, message: "One" });
  await ended(voice, first.callId);
  await home.kill();
  const back = await home.connect();
  const second = await back.calls.place({ to, message: "Two" });
  await ended(back, second.callId);
  const { lastSeq } = await back.system.health();
  await eventually(
    () => printed.trimEnd().endsWith("}") && JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "{}").seq >= lastSeq,
  );
  tail.kill("SIGINT");
  await new Promise((resolve) => tail.on("close", resolve));
  const seqs = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).seq);
  expect(seqs).toEqual(Array.from({ length: lastSeq }, (_, index) => index + 1));
});

test("secrets and transcripts appear in no log, error or command line", async () => {
  const secret = "5ec2e75ec2e75ec2e75ec2e75ec2e700";
  await using home = await createTwilioHome();
  const { accountSid, url } = home.twilio;
  await home.configure({
    provider: "twilio",
    fromNumber: ours,
    publicUrl,
    serve: { port: home.port },
    twilio: { accountSid, authToken: secret, baseUrl: url },
  });
  const refused = await voicecall(home, "call", "--to", "+15005550987", "--message", "The canary sings", "--json");
  expect(refused.code).toBe(5);
  const shown = await voicecall(home, "daemon", "status", "--json");
  const log = await readFile(join(home.stateDir, "daemon.log"), "utf8");
  const [pid] = await daemonsOf(home.stateDir);
  const argv = await readFile(`/proc/${pid}/cmdline`, "utf8");
  const token = (await home.record())?.token ?? "";
  for (const text of [refused.stderr, shown.stdout, log, argv]) {
    for (const canary of [secret, token, "canary", "+15005550987"]) expect(text).not.toContain(canary);
  }
});

test("an idle daemon ends by itself, and the next order finds a new one", async () => {
  await using home = await createHome({ ...mock, daemon: { idleExitMinutes: 0.02 } });
  const voice = await connect({ stateDir: home.stateDir, configFile: home.configFile });
  const { pid } = voice.daemon;
  await gone(pid);
  expect(await voice.calls.list()).toEqual([]);
  await voice[Symbol.asyncDispose]();
});

test("a state directory that cannot be locked is told with its path", async () => {
  await using home = await createHome(mock);
  await mkdir(home.stateDir, { recursive: true });
  await writeFile(join(home.stateDir, "lock"), "not a lock file at all, and rather long to be one");
  const refused = await voicecall(home, "status", "--json");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(home.stateDir);
});
