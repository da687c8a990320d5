import { expect, test } from "vitest";
import { reach } from "../../src/plugin/reach.ts";
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
    return true;
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
  await using voice = await reach(places, () => Promise.resolve(false));
  expect((await voice.system.health()).configSource).toBe("file");
  expect(notices).toEqual([expect.stringMatching(/^the Gateway does not answer; the daemon is started without it/)]);
});

test("who wants no daemon started gets none", async () => {
  await using home = await createHome({ provider: "mock" });
  const asked = reach({ stateDir: home.stateDir, autoStart: false }, () => Promise.resolve(true));
  await expect(asked).rejects.toMatchObject({ code: "DAEMON_UNREACHABLE" });
  expect(await home.record()).toBeUndefined();
});
