// What a client says to each daemon first: before any order, again after a restart, and without ever failing one.
import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { connect } from "../../src/client/index.ts";
import { fakePorts, listen } from "../control/fake-context.ts";
import { stateDirectory } from "./fixture.ts";

const otherToken = "fedcba9876543210".repeat(4);
const config = { provider: "mock" };

test("the configuration is handed over, with its file, before the first order", async () => {
  const ports = fakePorts();
  await using listener = await listen(ports);
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  const onDaemon = async (daemon: { configure(order: { config: typeof config }): Promise<unknown> }) =>
    void (await daemon.configure({ config }));
  await using voice = await connect({ ...home, autoStart: false, onDaemon });
  await voice.calls.hangUp("call-1");
  await voice.calls.hangUp("call-1");
  expect(ports.received.map(({ name }) => name)).toEqual(["configure", "hangUp", "hangUp"]);
  expect(ports.received[0]?.input).toEqual({ config, configFile: home.configFile });
});

test("the next daemon hears it before the order that found it, and before what is followed", async () => {
  const ports = fakePorts();
  await using home = await stateDirectory();
  const first = await listen(ports);
  await home.write({ url: first.url });
  const told: number[] = [];
  await using voice = await connect({
    ...home,
    autoStart: false,
    onDaemon: async (daemon) => {
      const { lastSeq } = await daemon.health();
      told.push(lastSeq);
      await daemon.configure({ config });
    },
  });
  const events = voice.events.follow({ since: 0 })[Symbol.asyncIterator]();
  ports.feed.push("call-1");
  await events.next();

  const later = fakePorts();
  later.feed.push("call-1", "call-1");
  await first[Symbol.asyncDispose]();
  await using second = await listen(later, otherToken);
  await home.write({ url: second.url, token: otherToken });
  expect(await events.next()).toMatchObject({ value: { seq: 2 } });
  await voice.calls.hangUp("call-1");
  expect(told).toEqual([0, 2]);
  expect(later.received.map(({ name }) => name)).toEqual(["configure", "hangUp"]);
});

test("orders at once wait for the same words", async () => {
  const spoken = Promise.withResolvers<void>();
  const ports = fakePorts({
    system: { configure: () => spoken.promise.then(() => ({ applied: [], needRestart: [], problems: [] })) },
  });
  await using listener = await listen(ports);
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  let times = 0;
  const onDaemon = async (daemon: { configure(order: { config: object }): Promise<unknown> }) => {
    times++;
    await daemon.configure({ config });
  };
  let isOpen = false;
  const opening = connect({ ...home, autoStart: false, onDaemon }).then((voice) => ((isOpen = true), voice));
  await expect.poll(() => times).toBe(1);
  expect(isOpen).toBe(false);
  spoken.resolve();
  await using voice = await opening;
  await Promise.all([voice.calls.list(), voice.calls.hangUp("call-1")]);
  expect(times).toBe(1);
});

test.for([
  ["throws", () => Promise.reject(new Error("no such key"))],
  [
    "throws at once",
    () => {
      throw new Error("no such key");
    },
  ],
] as const)("a hook that %s is a notice", async ([, onDaemon]) => {
  await using listener = await listen(fakePorts());
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  const notices: string[] = [];
  await using voice = await connect({ ...home, autoStart: false, onDaemon, onNotice: (line) => notices.push(line) });
  expect(await voice.calls.list()).toHaveLength(1);
  expect(notices).toEqual([expect.stringContaining("no such key")]);
});

test("a refusal of the daemon is told without what was handed over", async () => {
  const refusal = new CallError("STORE_FAILED", "the disk is full");
  await using listener = await listen(fakePorts({ system: { configure: () => Promise.reject(refusal) } }));
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  const notices: string[] = [];
  await using voice = await connect({
    ...home,
    autoStart: false,
    onDaemon: async (daemon) => void (await daemon.configure({ config: { secret: "4711" } })),
    onNotice: (line) => notices.push(line),
  });
  await voice.calls.list();
  expect(notices).toEqual([expect.stringContaining("the disk is full")]);
  expect(notices.join()).not.toContain("4711");
});

test("a configuration larger than a daemon takes is told as such", async () => {
  await using listener = await listen(fakePorts());
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  await expect(voice.system.configure({ config: { text: "x".repeat(300_000) } })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining("256 KB"),
  });
});
