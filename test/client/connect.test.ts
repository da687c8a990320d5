// The client against a control listener with a hand-written record: discovery, orders, errors, repeats.
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CallError, type ErrorCode, errorCodes } from "../../src/call/error.ts";
import { connect } from "../../src/client/index.ts";
import { fakePorts, listen } from "../control/fake-context.ts";
import { deadPid, stateDirectory } from "./fixture.ts";

const otherToken = "fedcba9876543210".repeat(4);

test("places a call and follows it", async () => {
  const ports = fakePorts();
  await using listener = await listen(ports);
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });

  expect(voice.daemon).toMatchObject({ pid: process.pid, url: listener.url, stateDir: home.stateDir });
  expect(await voice.calls.place({ to: "+15555550123", message: "Hello" })).toMatchObject({ callId: "call-1" });
  expect(ports.received).toMatchObject([
    { name: "place", input: { to: "+15555550123", requestId: expect.any(String) } },
  ]);

  ports.feed.push("call-1", "call-2", "call-1");
  const seen: number[] = [];
  for await (const event of voice.events.follow({ callId: "call-1", since: 0 })) {
    seen.push(event.seq);
    if (event.seq === 3) ports.feed.push("call-1");
    if (seen.length === 3) break;
  }
  expect(seen).toEqual([1, 3, 4]);
  await expect.poll(() => ports.feed.following).toBe(0);
});

test("every order reaches its port with its input", async () => {
  const ports = fakePorts();
  await using listener = await listen(ports);
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  const callId = "call-1";

  expect(await voice.calls.get(callId)).toMatchObject({ callId });
  expect(await voice.calls.get("call-2")).toBeUndefined();
  expect(await voice.calls.list()).toHaveLength(1);
  await voice.calls.say({ callId, message: "Grüße, 電話 & <b>" });
  expect(await voice.calls.ask({ callId, message: "Well?", requestId: "r1" })).toEqual({ transcript: "yes" });
  await voice.calls.sendDigits({ callId, digits: "1w#" });
  await voice.calls.hangUp(callId);
  await voice.mock.inbound({ from: "+15555550100" });
  await voice.mock.say(callId, "hello");
  await voice.mock.digits(callId, "5");
  await voice.mock.hangUp(callId);
  expect(await voice.system.health()).toMatchObject({ pid: process.pid });
  expect(await voice.system.config()).toEqual({ provider: "mock" });
  expect(await voice.system.reload()).toEqual({ applied: [], needRestart: [], problems: [] });
  expect(await voice.system.latency()).toMatchObject({ turns: 200 });
  expect(await voice.system.latency({ last: 7 })).toMatchObject({ turns: 7 });
  await voice.system.drain();
  await voice.system.shutdown();
  await voice.system.shutdown({ force: true });

  expect(ports.received).toEqual([
    { name: "say", input: { callId, message: "Grüße, 電話 & <b>", requestId: expect.any(String) } },
    { name: "ask", input: { callId, message: "Well?", requestId: "r1" } },
    { name: "sendDigits", input: { callId, digits: "1w#" } },
    { name: "hangUp", input: { callId } },
    { name: "inbound", input: { from: "+15555550100" } },
    { name: "mock.say", input: { callId, text: "hello" } },
    { name: "mock.press", input: { callId, digits: "5" } },
    { name: "mock.hangUp", input: { callId } },
    { name: "shutdown", input: { force: false } },
    { name: "shutdown", input: { force: true } },
  ]);
});

test.for(Object.keys(errorCodes) as ErrorCode[])("%s comes back as it was thrown", async (code) => {
  const thrown = new CallError(code, "it failed", { hint: "try this", carrierCode: "21211", callId: "call-7" });
  await using listener = await listen(fakePorts({ calls: { place: () => Promise.reject(thrown) } }));
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });

  const error = await voice.calls.place({}).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  expect(error).toMatchObject({ ...thrown.toJSON(), retryable: thrown.retryable });
});

test("wrong input is INVALID_INPUT with its path and a hint", async () => {
  await using listener = await listen(fakePorts());
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  await expect(voice.calls.sendDigits({ callId: "call-1", digits: "x" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining("digits:"),
    hint: expect.stringContaining("calls.sendDigits"),
  });
});

test("a defect's message stays in the log, under the reference that the client gets", async () => {
  const defect = new TypeError("secret 4711 is not a function");
  await using listener = await listen(fakePorts({ calls: { place: () => Promise.reject(defect) } }));
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });

  const error: CallError = await voice.calls.place({}).then(
    () => expect.unreachable(),
    (caught) => caught,
  );
  expect(error).toMatchObject({ code: "INTERNAL", message: expect.stringMatching(/^internal error, reference E\d+$/) });
  expect(JSON.stringify(error)).not.toContain("4711");
  const reference = error.message.split(" ").at(-1);
  expect(listener.lines).toMatchObject([
    { level: "error", fields: { reference, path: "calls.place", error: expect.stringContaining("4711") } },
  ]);
});

test("no daemon, a dead one and half a record are DAEMON_UNREACHABLE", async () => {
  await using home = await stateDirectory();
  const refused = { code: "DAEMON_UNREACHABLE", hint: expect.stringContaining("voicecall daemon start") };
  await expect(connect({ ...home, autoStart: false })).rejects.toMatchObject(refused);
  await home.write({ url: "http://127.0.0.1:1", pid: await deadPid() });
  await expect(connect({ ...home, autoStart: false })).rejects.toMatchObject(refused);
  await writeFile(join(home.stateDir, "daemon.json"), '{"pid":1,"url":"http://127.0', { mode: 0o600 });
  await expect(connect({ ...home, autoStart: false })).rejects.toMatchObject(refused);
});

test.for(["http://192.0.2.1:80", "http://127.0.0.1.example.com:80", "http://127.0.0.1:80/x", "https://127.0.0.1:80"])(
  "the token is never sent to %s",
  async (url) => {
    await using home = await stateDirectory();
    await home.write({ url });
    await expect(connect({ ...home, autoStart: false })).rejects.toMatchObject({ code: "DAEMON_UNREACHABLE" });
  },
);

test("a record that others can write is refused", async () => {
  await using home = await stateDirectory();
  await home.write({ url: "http://127.0.0.1:1" });
  await chmod(join(home.stateDir, "daemon.json"), 0o666);
  await expect(connect({ ...home, autoStart: false })).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("a new token is read once from the record, a wrong one is UNAUTHORIZED", async () => {
  await using listener = await listen(fakePorts());
  await using home = await stateDirectory();
  await home.write({ url: listener.url, token: otherToken });
  await using voice = await connect({ ...home, autoStart: false });
  await expect(voice.calls.list()).rejects.toMatchObject({ code: "UNAUTHORIZED" });

  await home.write({ url: listener.url });
  expect(await voice.calls.list()).toHaveLength(1);
});

test("orders find the daemon again on another port", async () => {
  const ports = fakePorts();
  await using home = await stateDirectory();
  const first = await listen(ports);
  await home.write({ url: first.url });
  await using voice = await connect({ ...home, autoStart: false });
  await voice.calls.list();
  await first[Symbol.asyncDispose]();
  await expect(voice.calls.list()).rejects.toMatchObject({ code: "DAEMON_UNREACHABLE" });

  await using second = await listen(ports, otherToken);
  await home.write({ url: second.url, token: otherToken });
  const [, call] = await Promise.all([
    voice.calls.list(),
    voice.calls.place({ message: "Hello" }),
    voice.calls.hangUp("call-1"),
  ]);
  expect(call).toMatchObject({ callId: "call-1" });
  expect(voice.daemon.url).toBe(second.url);
});

test("a question whose connection is lost is asked again with the same id where the daemon comes back", async () => {
  const asked = Promise.withResolvers<void>();
  const never = new Promise<never>(() => undefined);
  const dying = fakePorts({ calls: { ask: () => (asked.resolve(), never) } });
  const ports = fakePorts();
  await using home = await stateDirectory();
  const first = await listen(dying);
  await home.write({ url: first.url });
  await using voice = await connect({ ...home, autoStart: false });

  const answer = voice.calls.ask({ callId: "call-1", message: "Well?", requestId: "r1" });
  await asked.promise;
  await home.remove();
  await first[Symbol.asyncDispose]();
  await using second = await listen(ports, otherToken);
  await home.write({ url: second.url, token: otherToken });

  expect(await answer).toEqual({ transcript: "yes" });
  expect(ports.received).toEqual([{ name: "ask", input: { callId: "call-1", message: "Well?", requestId: "r1" } }]);
});

test("an order that could be carried out twice is not repeated when its reply is lost", async () => {
  const arrived = Promise.withResolvers<void>();
  const never = new Promise<never>(() => undefined);
  const ports = fakePorts({ calls: { sendDigits: () => (arrived.resolve(), never) } });
  await using home = await stateDirectory();
  const listener = await listen(ports);
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  const sent = voice.calls.sendDigits({ callId: "call-1", digits: "1" }).catch((error: unknown) => error);
  await arrived.promise;
  await listener[Symbol.asyncDispose]();
  expect(await sent).toMatchObject({ code: "DAEMON_UNREACHABLE", message: expect.stringContaining("may or may not") });
});

test("aborting a question ends its waiting on both sides", async () => {
  const arrived = Promise.withResolvers<AbortSignal>();
  const never = new Promise<never>(() => undefined);
  await using listener = await listen(
    fakePorts({ calls: { ask: (_command, signal) => (arrived.resolve(signal), never) } }),
  );
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  const controller = new AbortController();
  const answer = voice.calls
    .ask({ callId: "call-1", message: "Well?" }, { signal: controller.signal })
    .catch((error: unknown) => error);
  const signal = await arrived.promise;
  controller.abort();
  expect(await answer).toMatchObject({ code: "ABORTED" });
  await expect.poll(() => signal.aborted).toBe(true);
  await expect(
    voice.calls.ask({ callId: "call-1", message: "Well?" }, { signal: controller.signal }),
  ).rejects.toMatchObject({ code: "ABORTED" });
});

test("another version of the same protocol works, with one notice; another protocol does not", async () => {
  await using listener = await listen(fakePorts());
  await using home = await stateDirectory();
  const notices: string[] = [];
  await home.write({ url: listener.url, version: "9.9.9" });
  await using voice = await connect({ ...home, autoStart: false, onNotice: (line) => notices.push(line) });
  expect(await voice.calls.list()).toHaveLength(1);
  expect(notices).toEqual([expect.stringContaining("9.9.9")]);

  await home.write({ url: listener.url, protocol: 99 });
  await expect(connect({ ...home, autoStart: false })).rejects.toMatchObject({
    code: "VERSION_MISMATCH",
    hint: expect.stringContaining("--drain"),
  });
});

test("a daemon of another protocol with live calls is left alone", async () => {
  const busy = new CallError("LIVE_CALLS", "1 call is live");
  await using listener = await listen(fakePorts({ system: { shutdown: () => Promise.reject(busy) } }));
  await using home = await stateDirectory();
  await home.write({ url: listener.url, protocol: 99 });
  await expect(connect(home)).rejects.toMatchObject({ code: "VERSION_MISMATCH" });
});

test("the client's end gives up what it waits for, and asks nobody again", async () => {
  const arrived = Promise.withResolvers<void>();
  const never = new Promise<never>(() => undefined);
  await using listener = await listen(fakePorts({ calls: { ask: () => (arrived.resolve(), never) } }));
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  const voice = await connect({ ...home, autoStart: false });
  const answer = voice.calls.ask({ callId: "call-1", message: "Well?" }).catch((error: unknown) => error);
  await arrived.promise;
  await voice[Symbol.asyncDispose]();
  expect(await answer).toMatchObject({ code: "ABORTED" });
});
