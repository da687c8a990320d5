import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import type { Check, VoiceCall } from "../../src/client/index.ts";
import { createWebhookHome } from "../support/carriers.ts";
import { createHome, freePort } from "../support/daemon.ts";
import { createTwilioHome, ours, publicUrl, theirs } from "../support/twilio.ts";

const secret = "c0ffee00c0ffee00c0ffee00c0ffee00";
const twilio = { accountSid: `AC${"0".repeat(32)}`, authToken: secret };
const complete = { provider: "twilio", fromNumber: ours, publicUrl, twilio };

async function checked(voice: VoiceCall): Promise<Check[]> {
  const checks = await voice.system.check();
  const text = JSON.stringify(checks);
  for (const word of [secret, ours, theirs]) expect(text).not.toContain(word);
  // Whatever is not right comes with a way out.
  for (const { status, message, hint } of checks) {
    expect(message).not.toBe("");
    if (status === "failed") expect({ message, hint }).toEqual({ message, hint: expect.stringMatching(/./) });
  }
  return checks;
}

function of(checks: Check[], name: string): Check[] {
  return checks.filter((check) => check.name === name);
}

/** Each check's status by its name. */
function statuses(checks: Check[]): Record<string, string> {
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]));
}

test("without a configuration file: the mock works, and how to begin with a real carrier is told", async () => {
  await using home = await createHome({});
  const voice = await home.connect();
  await rm(home.configFile);
  const checks = await checked(voice);
  const [configuration] = of(checks, "configuration");
  expect(configuration).toMatchObject({ status: "warning" });
  expect(configuration?.message).toContain("mock carrier");
  expect(configuration?.hint).toContain("voicecall setup --init");
  expect(statuses(checks)).toMatchObject({
    carrier: "ok",
    storage: "ok",
    listener: "skipped",
    "public URL": "skipped",
  });
  expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
});

test("half a configuration: each missing key is one failed check, and the rest waits", async () => {
  await using home = await createHome({ provider: "twilio", twilio: { accountSid: twilio.accountSid } });
  const checks = await checked(await home.connect());
  const configuration = of(checks, "configuration");
  expect(configuration.map(({ status }) => status)).toEqual(["failed", "failed", "failed"]);
  for (const key of ["twilio.authToken", "fromNumber", "publicUrl"]) {
    expect(configuration.filter(({ message }) => message.includes(`\`${key}\``))).toHaveLength(1);
  }
  expect(statuses(checks)).toMatchObject({ carrier: "skipped", listener: "skipped", storage: "ok" });
});

test.each([
  ["an API key for the account", { twilio: { ...twilio, accountSid: `SK${"0".repeat(32)}` } }, /API key/],
  ["a private public URL", { publicUrl: "https://192.168.1.5/voice/webhook" }, /private network/],
  ["calls switched off", { enabled: false }, /switched off/],
])("%s is one failed check", async (_what, change, message) => {
  await using home = await createHome({ ...complete, ...change });
  const checks = await checked(await home.connect());
  expect(of(checks, "configuration")).toMatchObject([{ status: "failed", message: expect.stringMatching(message) }]);
  expect(of(checks, "carrier")).toMatchObject([{ status: "skipped" }]);
});

test("a taken port is told with its holder, and a freed one is taken by the next check", async () => {
  await using home = await createTwilioHome();
  const other = createServer().listen(home.port, "127.0.0.1");
  await once(other, "listening");
  const voice = await home.connect();
  const checks = await checked(voice);
  expect(of(checks, "listener")).toMatchObject([{ status: "failed" }]);
  expect(of(checks, "listener")[0]?.message).toContain(`port ${home.port} is taken by the process ${process.pid}`);
  expect(statuses(checks)).toMatchObject({ carrier: "ok", "public URL": "skipped", signature: "skipped" });
  other.close();
  await once(other, "close");
  expect(statuses(await checked(voice))).toMatchObject({ listener: "ok", signature: "ok" });
});

test("a complete configuration is green, and says what to paste into the carrier's console", async () => {
  await using home = await createTwilioHome({ inboundPolicy: "allowlist", allowFrom: [theirs] });
  const voice = await home.connect();
  const gone = new AbortController();
  const answering = voice.turns.answer(async () => "Hello", { signal: gone.signal });
  await expect.poll(async () => statuses(await checked(voice))["responder"]).toBe("ok");
  const checks = await checked(voice);
  expect(statuses(checks)).toEqual({
    configuration: "ok",
    storage: "ok",
    carrier: "ok",
    listener: "ok",
    "public URL": "ok",
    reachability: "skipped",
    signature: "ok",
    numbers: "ok",
    speech: "ok",
    inbound: "ok",
    responder: "ok",
  });
  const [inbound] = of(checks, "inbound");
  expect(inbound?.paste?.map(({ value }) => value)).toEqual([publicUrl, `${publicUrl}?type=status`]);
  gone.abort();
  await answering;
  expect(home.twilio.calls).toEqual([]);
});

test.each(["telnyx", "plivo"] as const)(
  "%s is asked about a call that does not exist, and its pages are named",
  async (name) => {
    await using home = await createWebhookHome(name, { inboundPolicy: "open" });
    const checks = await checked(await home.connect());
    expect(statuses(checks)).toMatchObject({ configuration: "ok", carrier: "ok", signature: "ok", inbound: "ok" });
    const [inbound] = of(checks, "inbound");
    expect(new Set(inbound?.paste?.map(({ value }) => value))).toEqual(new Set([publicUrl]));
  },
);

test("a wrong token is told by the carrier itself, a carrier that is not there as well", async () => {
  await using home = await createTwilioHome();
  const { accountSid, url } = home.twilio;
  const wrong = { accountSid, authToken: "d".repeat(32), baseUrl: url };
  await home.configure({ ...complete, serve: { port: home.port }, twilio: wrong });
  const voice = await home.connect();
  const [refused] = of(await checked(voice), "carrier");
  expect(refused).toMatchObject({ status: "failed" });
  expect(refused?.hint).toContain("twilio.authToken");
  const baseUrl = `http://127.0.0.1:${await freePort()}`;
  await home.configure({ ...complete, serve: { port: home.port }, twilio: { ...wrong, baseUrl } });
  const [absent] = of(await checked(voice), "carrier");
  expect(absent).toMatchObject({ status: "failed", message: "Twilio could not be reached (ECONNREFUSED)" });
});

test.each([
  ["leads here", (own: number) => `http://127.0.0.1:${own}/voice/webhook`, { status: "ok" }],
  [
    "leads to another path",
    (own: number) => `http://127.0.0.1:${own}/webhook`,
    { status: "warning", hint: expect.stringContaining("serve.path") },
  ],
  [
    "leads to somebody else",
    (_own: number, other: number) => `http://127.0.0.1:${other}/voice/webhook`,
    { status: "warning", message: expect.stringContaining("somebody else answers") },
  ],
  [
    "leads nowhere",
    (_own: number, _other: number, free: number) => `http://127.0.0.1:${free}/voice/webhook`,
    { status: "warning", message: expect.stringContaining("nothing listens there") },
  ],
])("a public URL that %s is found out by asking", async (_what, urlOf, found) => {
  await using home = await createTwilioHome();
  const { accountSid, authToken, url: baseUrl, url } = home.twilio;
  const address = urlOf(home.port, Number(new URL(url).port), await freePort());
  const account = { accountSid, authToken, baseUrl };
  await home.configure({ ...complete, publicUrl: address, serve: { port: home.port }, twilio: account });
  const checks = await checked(await home.connect());
  expect(of(checks, "reachability")).toMatchObject([found]);
  expect(statuses(checks)).toMatchObject({ signature: "ok" });
});

test("callers refused by an empty allowlist, nobody to answer, and unchecked signatures are warnings", async () => {
  await using home = await createTwilioHome({ inboundPolicy: "allowlist", skipSignatureVerification: true });
  const checks = await checked(await home.connect());
  expect(statuses(checks)).toMatchObject({ inbound: "warning", responder: "warning", signature: "warning" });
});

test("a request that asks who answers is never a webhook, not even where signatures are not checked", async () => {
  await using home = await createTwilioHome({ skipSignatureVerification: true });
  const voice = await home.connect();
  const ask = (headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${home.port}/voice/webhook`, { method: "POST", headers });
  const probe = await ask({ "x-voicecall-probe": "who are you" });
  expect(probe.status).toBe(401);
  expect(probe.headers.get("x-voicecall-proof")).toMatch(/^[\da-f]{64}$/);
  expect((await ask({})).headers.get("x-voicecall-proof")).toBeNull();
  expect((await voice.system.health()).liveCalls).toBe(0);
});

test("the signature check goes by the host name that the listener admits", async () => {
  await using home = await createTwilioHome({ webhookSecurity: { allowedHosts: ["voice.example.test"] } });
  expect(statuses(await checked(await home.connect()))).toMatchObject({ signature: "ok" });
  await using closed = await createTwilioHome({ webhookSecurity: { allowedHosts: ["other.example.test"] } });
  expect(statuses(await checked(await closed.connect()))).toMatchObject({ signature: "failed" });
});

const key = "sk-c0ffee00c0ffee00c0ffee00";

test.each(["twilio", "telnyx", "plivo"] as const)(
  "%s with live audio: who listens, who speaks, and the way of media sockets",
  async (name) => {
    const streaming = { enabled: true, providers: { deepgram: { apiKey: key }, openai: { apiKey: key } } };
    await using home = await createWebhookHome(name, {
      streaming,
      tts: { provider: "embedded", elevenlabs: { apiKey: key } },
    });
    const voice = await home.connect();
    const checks = await checked(voice);
    expect(JSON.stringify(checks)).not.toContain(key);
    expect(of(checks, "speech")).toEqual([]);
    expect(of(checks, "recogniser")).toMatchObject([
      { status: "ok", message: "deepgram listens to callers, then openai" },
    ]);
    expect(of(checks, "voice")).toMatchObject([{ status: "ok", message: "embedded speaks, then elevenlabs" }]);
    expect(of(checks, "media sockets")).toMatchObject([
      { status: "ok", message: expect.stringContaining("/voice/stream") },
    ]);
    expect((await voice.system.health()).liveAudio).toEqual({
      streamingCalls: 0,
      voices: ["embedded", "elevenlabs"],
      recognisers: ["deepgram", "openai"],
    });
  },
);

test("live audio without a recogniser says what becomes of conversations, and how to get one", async () => {
  await using home = await createTwilioHome({ streaming: { enabled: true } });
  const [recogniser] = of(await checked(await home.connect()), "recogniser");
  expect(recogniser).toMatchObject({ status: "warning", hint: expect.stringContaining("streaming.providers") });
  expect(recogniser?.message).toContain("only notify calls stream");
});

test("live audio on the mock needs no key and no way in", async () => {
  await using home = await createHome({ provider: "mock", streaming: { enabled: true } });
  const checks = await checked(await home.connect());
  expect(statuses(checks)).toMatchObject({ recogniser: "ok", voice: "ok", "media sockets": "skipped" });
});
