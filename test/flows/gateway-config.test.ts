// A configuration that the Gateway hands over: in force and in memory only, and what becomes of it with the daemon.
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect, type VoiceCall } from "../../src/client/index.ts";
import { createHome, eventOf, eventually, freePort, gone, type TestHome } from "../support/daemon.ts";
import { createTwilioHome, ours, publicUrl } from "../support/twilio.ts";

const to = "+15555550123";
const fast = { ringMs: 20, pace: 0.02, replyDelayMs: 20 };
const fromFile = { provider: "mock", fromNumber: "+15555550101", mock: fast };
const fromGateway = { provider: "mock", fromNumber: "+15555550102", mock: fast, maxConcurrentCalls: 5 };
/** What only the Gateway can make anything of. */
const unresolvable = {
  provider: "twilio",
  fromNumber: "+15555550101",
  publicUrl: "https://voice.example.com/voice/webhook",
  twilio: { accountSid: `AC${"0a".repeat(16)}`, authToken: { source: "exec", provider: "vault", id: "twilio" } },
};

/** A client as the Gateway's plugin is one: it hands its configuration over and waits for callers. */
async function gateway({ stateDir, configFile }: TestHome, config: Record<string, unknown>): Promise<VoiceCall> {
  const voice = await connect({
    stateDir,
    configFile,
    onDaemon: async (daemon) => void (await daemon.configure({ config })),
  });
  void voice.turns.answer(async () => "Yes.").catch(() => undefined);
  return voice;
}

test("it wins over the file, which is not read again, until the next one comes", async () => {
  await using home = await createHome(fromFile);
  await using voice = await gateway(home, fromGateway);
  expect(await voice.system.health()).toMatchObject({
    configSource: "gateway",
    configFile: home.configFile,
    problems: [],
  });
  await home.configure({ provider: "nonsense" });
  expect(await voice.calls.place({ to, message: "Hi" })).toMatchObject({ from: fromGateway.fromNumber });
  expect(await voice.system.reload()).toEqual({ applied: [], needRestart: [], problems: [] });
  expect(await voice.system.configure({ config: { ...fromGateway, fromNumber: "+15555550103" } })).toEqual({
    applied: ["fromNumber"],
    needRestart: [],
    problems: [],
  });
  expect(await voice.calls.place({ to, message: "Hi" })).toMatchObject({ from: "+15555550103" });
});

test("a wrong one refuses new calls with its key, and leaves what runs as it was", async () => {
  await using home = await createHome(fromFile);
  await using voice = await gateway(home, fromGateway);
  const { callId } = await voice.calls.place({ to, mode: "conversation", message: "Hi" });
  const { problems } = await voice.system.configure({ config: unresolvable });
  expect(problems).toMatchObject([{ code: "CONFIG_INVALID", message: expect.stringContaining("twilio.authToken") }]);
  expect((await voice.system.health()).problems).toEqual(problems);
  await expect(voice.calls.place({ to, message: "Hi" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  expect(await voice.calls.ask({ callId, message: "Still there?" })).toMatchObject({ transcript: expect.any(String) });
  await expect(voice.system.configure({ config: "x" as never })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await voice.system.configure({ config: fromGateway });
  expect(await voice.calls.place({ to, message: "Hi" })).toMatchObject({ from: fromGateway.fromNumber });
});

test("who calls while the Gateway starts again waits for it, and is not told that nobody is here", async () => {
  await using home = await createHome({ provider: "mock" });
  await using voice = await home.connect();
  await voice.system.configure({ config: { ...fromGateway, inboundPolicy: "open", unattendedAfterMs: 0 } });
  const followers = async (): Promise<number> => (await voice.system.health()).followers;
  const leaving = new AbortController();
  const first = voice.turns.answer(async () => "Yes.", { signal: leaving.signal });
  await eventually(async () => (await followers()) > 0);
  leaving.abort();
  await first;
  await eventually(async () => (await followers()) === 0);
  const { callId } = await voice.mock.inbound({ from: to, say: "Hello?" });
  await eventOf(voice, callId, (event) => event.type === "turn.offered");
  await voice.system.health();
  const returned = new AbortController();
  const second = voice.turns.answer(async () => "I am back.", { signal: returned.signal });
  const settled = await eventOf(voice, callId, (event) => event.type === "turn.settled");
  expect(settled).toMatchObject({ outcome: "answered" });
  returned.abort();
  await second;
});

test("after a crash an order waits for it, and never goes out by what the file alone says", async () => {
  await using home = await createHome(fromFile);
  await using host = await gateway(home, fromGateway);
  await host.calls.list();
  await home.kill();
  const other = await home.connect();
  expect(await other.calls.place({ to, message: "Hi" })).toMatchObject({ from: fromGateway.fromNumber });
  expect(await other.system.health()).toMatchObject({ configSource: "gateway", problems: [] });
});

test("started alone, the daemon goes by the file after a moment, and says what to do", async () => {
  await using home = await createHome(fromFile);
  const host = await gateway(home, fromGateway);
  await host[Symbol.asyncDispose]();
  await home.kill();
  const voice = await home.connect();
  const missing = { code: "GATEWAY_MISSING", hint: expect.stringContaining("start the Gateway") };
  expect(await voice.calls.place({ to, message: "Hi" })).toMatchObject({ from: fromFile.fromNumber });
  expect(await voice.system.health()).toMatchObject({ configSource: "file", problems: [missing] });
  await home.configure(unresolvable);
  await expect(voice.calls.place({ to, message: "Hi" })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("only the Gateway can resolve"),
    hint: expect.stringContaining("TWILIO_AUTH_TOKEN"),
  });
  await using back = await gateway(home, fromGateway);
  expect(await back.calls.place({ to, message: "Hi" })).toMatchObject({ from: fromGateway.fromNumber });
  expect((await voice.system.health()).problems).toEqual([]);
});

test("once the mark is removed, the file is enough", async () => {
  await using home = await createHome(fromFile);
  const host = await gateway(home, fromGateway);
  await host[Symbol.asyncDispose]();
  await home.kill();
  expect((await stat(join(home.stateDir, "gateway.json"))).mode & 0o777).toBe(0o600);
  await rm(join(home.stateDir, "gateway.json"));
  const voice = await home.connect();
  expect(await voice.system.health()).toMatchObject({ configSource: "file", problems: [] });
});

test("no file of the state directory, no log and no reply holds a secret that was handed over", async () => {
  await using home = await createTwilioHome();
  const { accountSid, authToken, url } = home.twilio;
  const twilio = { accountSid, authToken, baseUrl: url };
  const config = { provider: "twilio", fromNumber: ours, publicUrl, serve: { port: home.port }, twilio };
  await home.configure({ provider: "mock" });
  await using voice = await gateway(home, config);
  const replies = [
    await voice.system.configure({ config: { ...config, twilio: { ...twilio, authTokken: authToken } } }),
    await voice.system.health(),
    await voice.system.config(),
    await voice.calls.place({ to, message: "Hi" }).catch((error: unknown) => error),
    await voice.system.configure({ config }),
    await voice.system.config(),
    await voice.system.check(),
  ];
  await voice.calls.place({ to, message: "Hi" });
  await voice.system.shutdown({ force: true });
  await gone(voice.daemon.pid);
  expect(JSON.stringify(replies)).not.toContain(authToken);
  const names = (await readdir(home.stateDir, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  expect(names.map(({ name }) => name)).toContain("daemon.log");
  const holding = [];
  for (const { parentPath, name } of names) {
    if ((await readFile(join(parentPath, name))).includes(authToken)) holding.push(name);
  }
  expect(holding).toEqual([]);
});

test("another `store` is a problem that calls survive; a port that is taken up already needs a new daemon, each time", async () => {
  await using home = await createTwilioHome();
  const { accountSid, authToken, url } = home.twilio;
  const config = {
    provider: "twilio",
    fromNumber: ours,
    publicUrl,
    serve: { port: home.port },
    twilio: { accountSid, authToken, baseUrl: url },
  };
  await using voice = await gateway(home, { ...config, store: home.stateDir });
  expect((await voice.system.health()).problems).toEqual([]);
  const { problems } = await voice.system.configure({ config: { ...config, store: "/elsewhere" } });
  expect(problems).toMatchObject([{ code: "OTHER_STORE", message: expect.stringContaining(home.stateDir) }]);
  const port = await freePort();
  for (let times = 0; times < 2; times++) {
    const { needRestart } = await voice.system.configure({ config: { ...config, serve: { port } } });
    expect(needRestart).toEqual(["serve.port"]);
  }
});

test("a file asked for by name is refused while calls go by the Gateway's, also when the daemon was started with it", async () => {
  await using home = await createHome(fromFile);
  const { stateDir } = home;
  const other = join(stateDir, "..", "other.json");
  await writeFile(other, "{}");
  const first = await connect({ stateDir, configFile: other });
  await first[Symbol.asyncDispose]();
  const pushing = await connect({ stateDir }).then(async (voice) => {
    await voice.system.configure({ config: fromGateway });
    return voice;
  });
  await using _pushing = pushing;
  await eventually(async () => (await home.record())?.configFile !== other);
  await expect(connect({ stateDir, configFile: other })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
