// The plugin in a host with bad manners, on a real daemon with the mock carrier.
import { dirname } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type { VoiceCall } from "../../src/client/index.ts";
import { type TestHome, createHome, daemonsOf, ended, eventOf, eventually, logOf } from "../support/daemon.ts";
import { FakeHost, configOf } from "../plugin/fake-host.ts";

const mock = { provider: "mock", mock: { ringMs: 10, pace: 0.02, replyDelayMs: 10 }, inboundPolicy: "open" };
const to = "+15555550123";

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Gateway extends AsyncDisposable {
  home: TestHome;
  host: FakeHost;
}

/** A home whose file says nothing of use, and a host that knows better. */
async function gateway(section: object = mock): Promise<Gateway> {
  const home = await createHome({ provider: "mock", inboundPolicy: "disabled" });
  vi.stubEnv("OPENCLAW_CONFIG_PATH", home.configFile);
  const host = new FakeHost();
  host.stateDir = dirname(home.stateDir);
  host.config = configOf(section);
  host.load();
  return {
    home,
    host,
    async [Symbol.asyncDispose]() {
      await host.service.stop(host.context());
      await home[Symbol.asyncDispose]();
    },
  };
}

/** A start does not wait for a slow daemon; the configuration is handed over as soon as it answers. */
async function handedOver(voice: VoiceCall): Promise<void> {
  await eventually(async () => (await voice.system.health()).configSource === "gateway");
}

async function placed({ host }: Gateway, params: object = { message: "Hello", mode: "conversation" }): Promise<string> {
  const { payload, error } = await host.call("voicecall.start", { to, ...params });
  expect(error).toBeUndefined();
  return (payload as { callId: string }).callId;
}

test("the start brings a daemon that goes by the Gateway's configuration, and a stop leaves it its calls", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await host.service.start(host.context());
  const voice = await home.connect();
  await handedOver(voice);
  expect(await voice.system.health()).toMatchObject({ configSource: "gateway", problems: [] });
  expect(await voice.system.config()).toMatchObject({ inboundPolicy: "open" });
  expect({ failures: host.failures, recovered: host.recovered > 0 }).toEqual({ failures: [], recovered: true });
  const callId = await placed(open);
  await eventOf(voice, callId, (event) => event.type === "call.answered");
  await host.service.stop(host.context());
  expect((await voice.calls.get(callId))?.state).not.toBe("error");
  await host.service.start(host.context());
  expect((await host.call("voicecall.end", { callId })).payload).toEqual({ success: true });
  expect(await ended(voice, callId)).toMatchObject({ reason: "hangup-bot" });
  expect((await host.call("voicecall.end", { callId })).error?.message).toMatch(/^call is not active: /);
});

test("fifty reloads in a call leave one daemon, one call and nothing open", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await host.service.start(host.context());
  const voice = await home.connect();
  const callId = await placed(open);
  await eventOf(voice, callId, (event) => event.type === "call.answered");
  const reload = async (): Promise<void> => {
    await host.service.stop(host.context());
    await host.service.start(host.context());
  };
  await reload();
  await host.service.stop(host.context());
  await eventually(async () => (await voice.system.health()).followers === 0);
  const before = process.getActiveResourcesInfo().length;
  for (let times = 0; times < 50; times++) await reload();
  await host.service.stop(host.context());
  await eventually(async () => (await voice.system.health()).followers === 0);
  await eventually(() => process.getActiveResourcesInfo().length <= before);
  expect(await daemonsOf(home.stateDir)).toHaveLength(1);
  expect((await voice.calls.list()).map((call) => call.callId)).toEqual([callId]);
  expect((await logOf(voice, callId)).filter(({ type }) => type === "call.requested")).toHaveLength(1);
  expect(host.failures).toEqual([]);
});

test("a host that starts twice without a stop has one shift", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await Promise.all([host.service.start(host.context()), host.service.start(host.context())]);
  const voice = await home.connect();
  const followers = async (): Promise<number> => (await voice.system.health()).followers;
  await eventually(async () => (await followers()) > 0);
  await host.service.stop(host.context());
  await eventually(async () => (await followers()) === 0);
  expect(await daemonsOf(home.stateDir)).toHaveLength(1);
});

test("a method that comes between two shifts works, with the Gateway's configuration", async () => {
  await using open = await gateway();
  const callId = await placed(open, { message: "Hello", mode: "notify" });
  const voice = await open.home.connect();
  expect((await voice.system.health()).configSource).toBe("gateway");
  expect(await ended(voice, callId)).toMatchObject({ type: "call.ended" });
  await eventually(async () => (await voice.system.health()).followers === 0);
});

test("the configuration that comes with a start wins, one after the other", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await host.service.start(host.context());
  await host.service.stop(host.context());
  await host.service.start(host.context(configOf({ ...mock, inboundPolicy: "allowlist", allowFrom: [to] })));
  const voice = await home.connect();
  await expect.poll(async () => (await voice.system.config())["inboundPolicy"]).toBe("allowlist");
});

test.for([
  [{ ...mock, maxConcurrentCalls: "many" }, /maxConcurrentCalls/],
  [{ ...mock, provider: "twilio", twilio: { accountSid: "AC1", authToken: "${TWILIO_TOKEN}" } }, /authToken|TWILIO/],
] as const)(
  "a wrong configuration disables voice with a clear line, never the Gateway: %j",
  async ([section, named]) => {
    await using open = await gateway(section);
    const { host } = open;
    await host.service.start(host.context());
    await eventually(() => host.failures.length > 0);
    expect(host.failures).toHaveLength(1);
    expect(host.failures[0]).toMatch(named);
    expect(host.lines.filter((line) => line.startsWith("error"))).toEqual([`error ${host.failures[0] ?? ""}`]);
    const { error } = await host.call("voicecall.start", { to, message: "Hello" });
    expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringMatching(named) });
    expect((await host.call("voicecall.status")).payload).toEqual({ found: true, calls: [] });
  },
);

test("voice that is switched off starts nothing", async () => {
  await using open = await gateway({ ...mock, enabled: false });
  const { host, home } = open;
  await host.service.start(host.context());
  expect(await home.record()).toBeUndefined();
  expect(host.failures).toEqual([]);
});

test("a daemon that does not answer holds up neither start nor stop", async () => {
  await using open = await gateway();
  const { host, home } = open;
  const { pid } = (await home.connect()).daemon;
  process.kill(pid, "SIGSTOP");
  try {
    const began = performance.now();
    await host.service.start(host.context());
    const started = performance.now();
    await host.service.stop(host.context());
    expect(started - began).toBeLessThan(1500);
    expect(performance.now() - started).toBeLessThan(1000);
    const starting = host.service.start(host.context());
    await new Promise((resolve) => setImmediate(resolve));
    const stopping = performance.now();
    await host.service.stop(host.context());
    expect(performance.now() - stopping).toBeLessThan(1000);
    await starting;
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("a daemon that is killed is replaced, with the Gateway's configuration and without any order", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await host.service.start(host.context());
  const before = await home.record();
  await home.kill();
  await eventually(async () => ((await home.record())?.pid ?? before?.pid) !== before?.pid);
  const voice = await home.connect();
  await expect.poll(async () => (await voice.system.health()).configSource).toBe("gateway");
});

test("the answer to a question outlives the instance that asked it", async () => {
  await using open = await gateway({ ...mock, mock: { ...mock.mock, replyDelayMs: 1500 } });
  const { host, home } = open;
  await host.service.start(host.context());
  const callId = await placed(open, { mode: "conversation" });
  const voice = await home.connect();
  await eventOf(voice, callId, (event) => event.type === "call.answered");
  const { payload } = await host.call("voicecall.continue.start", { callId, message: "Which day?" });
  await host.service.stop(host.context());
  const next = new FakeHost();
  next.stateDir = host.stateDir;
  next.config = host.config;
  next.load();
  const result = await next.call("voicecall.continue.result", payload as Record<string, unknown>);
  expect(result.payload).toMatchObject({ success: true, transcript: expect.stringContaining("Which day?") });
  const asked = (await logOf(voice, callId)).filter((event) => event.type === "utterance.requested");
  expect(asked).toHaveLength(1);
});

test("a new configuration in the middle of a question leaves who asked their answer", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await host.service.start(host.context());
  const voice = await home.connect();
  await handedOver(voice);
  const { callId } = await voice.mock.inbound({ from: to });
  const asking = host.call("voicecall.continue", { callId, message: "Which day?" });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  await host.service.stop(host.context());
  await host.service.start(host.context(configOf({ ...mock, maxDurationSeconds: 200 })));
  await voice.mock.say(callId, "Tuesday");
  expect((await asking).payload).toEqual({ success: true, transcript: "Tuesday" });
});

test("no question holds a request for longer than 5 s; its answer comes later, and is asked for once", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await host.service.start(host.context());
  const voice = await home.connect();
  await handedOver(voice);
  const { callId } = await voice.mock.inbound({ from: to });
  await eventOf(voice, callId, (event) => event.type === "line.ready");
  const began = performance.now();
  const { payload } = await host.call("voicecall.continue", { callId, message: "Which day?" });
  expect(performance.now() - began).toBeLessThan(5000);
  expect(payload).toEqual({ success: false, pending: true, operationId: expect.any(String) });
  const { operationId } = payload as { operationId: string };
  const answer = host.call("voicecall.continue.result", { operationId });
  await voice.mock.say(callId, "Tuesday");
  expect((await answer).payload).toEqual({ success: true, transcript: "Tuesday" });
  const asked = (await logOf(voice, callId)).filter((event) => event.type === "utterance.requested");
  expect(asked).toHaveLength(1);
});

test("the tool, in an instance of its own, sees the call that a method placed", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await host.service.start(host.context());
  const callId = await placed(open);
  await eventOf(await home.connect(), callId, (event) => event.type === "call.answered");
  const other = new FakeHost().load("discovery");
  other.stateDir = host.stateDir;
  const tool = other.makeTool?.({ config: host.config, sessionKey: "agent:main:asker" });
  const { content } = (await tool?.execute("1", { action: "get_status", callId })) ?? {};
  expect(content?.[0]?.text).toContain(`${callId}: conversation call to ${to}`);
});

test("a call is found by the id of the request that placed it, live or over", async () => {
  await using open = await gateway();
  const { host, home } = open;
  await host.service.start(host.context());
  const callId = await placed(open, { message: "Hello", mode: "notify", requestId: "meeting-1" });
  const found = async (): Promise<unknown> => (await host.call("voicecall.status", { callId: "meeting-1" })).payload;
  expect(await found()).toMatchObject({ found: true, call: { callId } });
  await ended(await home.connect(), callId);
  expect(await found()).toMatchObject({ found: true, call: { callId, state: "completed" } });
});
