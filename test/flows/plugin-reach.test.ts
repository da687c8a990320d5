import { expect, test } from "vitest";
import { reach, wakeThrough } from "../../src/plugin/reach.ts";
import { createHome } from "../support/daemon.ts";

test("a daemon that runs is used, and no Gateway is asked", async () => {
  await using home = await createHome({ provider: "mock" });
  const running = await home.connect();
  const never = (): never => {
    throw new Error("the Gateway was asked");
  };
  await using voice = await reach({ stateDir: home.stateDir, configFile: home.configFile }, never);
  expect(voice.daemon.pid).toBe(running.daemon.pid);
});

test("without a daemon the Gateway is the one to start it", async () => {
  await using home = await createHome({ provider: "mock" });
  const notices: string[] = [];
  const places = {
    stateDir: home.stateDir,
    configFile: home.configFile,
    onNotice: (line: string) => notices.push(line),
  };
  let started: number | undefined;
  await using voice = await reach(places, async () => {
    started = (await home.connect()).daemon.pid;
    return undefined;
  });
  expect(voice.daemon.pid).toBe(started);
  expect(notices).toEqual([]);
});

test("without a Gateway the daemon is started alone, and that is said", async () => {
  await using home = await createHome({ provider: "mock" });
  const notices: string[] = [];
  const places = {
    stateDir: home.stateDir,
    configFile: home.configFile,
    onNotice: (line: string) => notices.push(line),
  };
  await using voice = await reach(places, () => Promise.resolve("the Gateway does not answer"));
  expect((await voice.system.health()).configSource).toBe("file");
  expect(notices).toEqual([expect.stringMatching(/^the Gateway does not answer; the daemon is started without it/)]);
});

test("a host without the way to its Gateway leaves nobody without a daemon", async () => {
  await using home = await createHome({ provider: "mock" });
  const notices: string[] = [];
  const { stateDir, configFile } = home;
  await using voice = await reach({ stateDir, configFile, onNotice: (line) => notices.push(line) });
  expect((await voice.system.health()).configSource).toBe("file");
  expect(notices).toEqual([expect.stringMatching(/^the Gateway cannot be asked; /)]);
});

test("who wants no daemon started gets none", async () => {
  await using home = await createHome({ provider: "mock" });
  const asked = reach({ stateDir: home.stateDir, autoStart: false }, () => Promise.resolve(undefined));
  await expect(asked).rejects.toMatchObject({ code: "DAEMON_UNREACHABLE" });
  expect(await home.record()).toBeUndefined();
});

test("a Gateway that refuses is not told as one that is away", async () => {
  const failing = (failure: Error, isTransport: boolean): Promise<string | undefined> =>
    wakeThrough({
      callGatewayFromCli: async () => {
        throw failure;
      },
      isGatewayTransportError: () => isTransport,
    });
  expect(await failing(new Error("connect ECONNREFUSED"), true)).toBe("the Gateway does not answer");
  expect(await failing(new Error("unknown method: voicecall.status\nmore"), false)).toBe(
    "the Gateway refuses (unknown method: voicecall.status | more)",
  );
});
