// A real daemon runs from its private copy: the package that started it may change, or go, in the middle of a call.
import { cp, mkdir, readdir, readFile, readlink, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { connect, type VoiceCall } from "../../src/client/index.ts";
import { createHome, daemonsOf, ended, eventOf, eventually, type TestHome } from "../support/daemon.ts";
import { createTwilioHome, theirs } from "../support/twilio.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const mock = { provider: "mock", mock: { ringMs: 20, pace: 0.02, replyDelayMs: 20 } };

/** The package as installed somewhere below the home, to be taken away again. */
async function install(home: TestHome): Promise<string> {
  const place = join(dirname(home.configFile), "installed");
  await mkdir(place);
  await cp(join(root, "dist"), join(place, "dist"), { recursive: true });
  await cp(join(root, "package.json"), join(place, "package.json"));
  return place;
}

function open({ stateDir, configFile }: TestHome, packageRoot: string): Promise<VoiceCall> {
  return connect({ stateDir, configFile, packageRoot });
}

async function commandLine(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
}

test("the package goes while the daemon runs: what is loaded late is still there, and so are the calls", async () => {
  await using home = await createTwilioHome();
  home.twilio.script(theirs, { utterances: ["Hello", "Fine"] });
  const place = await install(home);
  await using voice = await open(home, place);
  expect((await commandLine(voice.daemon.pid))[2]).toMatch(join(home.stateDir, "runtime", "0.1.0-"));
  await rm(place, { recursive: true });
  // The carrier's SDK is loaded by the first order.
  const { callId } = await voice.calls.place({ to: theirs, mode: "conversation", message: "Hi" });
  await eventOf(voice, callId, (event) => event.type === "caller.spoke");
  await voice.calls.hangUp(callId);
  await ended(voice, callId);
});

test("a package that is gone before a daemon was started is told, not run by halves", async () => {
  await using home = await createHome(mock);
  const place = await install(home);
  await rm(join(place, "dist", "daemon.js"));
  await expect(open(home, place)).rejects.toMatchObject({
    code: "DAEMON_UNREACHABLE",
    message: expect.stringContaining(place),
  });
  expect(await daemonsOf(home.stateDir)).toEqual([]);
});

test("a new daemon takes old copies away, and the running one's stays", async () => {
  await using home = await createHome(mock);
  const runtime = join(home.stateDir, "runtime");
  await mkdir(join(runtime, "0.0.9-0123456789abcdef"), { recursive: true });
  await writeFile(join(runtime, "0.0.9-0123456789abcdef", "daemon.js"), "");
  await utimes(join(runtime, "0.0.9-0123456789abcdef"), 1, 1);
  const voice = await home.connect();
  await eventually(async () => (await readdir(runtime)).length === 2);
  const current = await readlink(join(runtime, "current"));
  expect((await commandLine(voice.daemon.pid))[2]).toBe(join(runtime, current, "daemon.js"));
  await expect(voice.calls.place({ to: "+15555550123", message: "Hi" })).resolves.toMatchObject({ provider: "mock" });
});

test.for(["the package", "the state directory"] as const)(
  "an optional package is found in the node_modules of %s",
  async (where) => {
    await using home = await createTwilioHome({
      publicUrl: undefined,
      tunnel: { provider: "ngrok", ngrokAuthToken: "not-a-real-token" },
    });
    const place = await install(home);
    const fake = join(where === "the package" ? place : home.stateDir, "node_modules", "@ngrok", "ngrok");
    await mkdir(fake, { recursive: true });
    await writeFile(join(fake, "package.json"), JSON.stringify({ name: "@ngrok/ngrok", main: "index.js" }));
    const marker = JSON.stringify(join(home.stateDir, "loaded"));
    const program = `require("node:fs").writeFileSync(${marker}, ""); exports.forward = () => { throw new Error("no"); };`;
    await writeFile(join(fake, "index.js"), program);
    await using _voice = await open(home, place);
    const loaded = async (): Promise<boolean> => (await readdir(home.stateDir)).includes("loaded");
    await eventually(loaded);
    expect(await loaded()).toBe(true);
  },
);
