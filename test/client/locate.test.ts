// Where the client looks for the configuration and the state.
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { locate } from "../../src/client/locate.ts";
import { stateDirectory } from "./fixture.ts";

function withStore(store: string): string {
  return `{ // JSON5\n plugins: { entries: { 'voice-call': { config: { store: ${JSON.stringify(store)}, }, }, }, }, }`;
}

test("without anything, both are below the home directory", async () => {
  expect(await locate({ env: { OPENCLAW_STATE_DIR: "", OPENCLAW_CONFIG_PATH: "/nowhere/openclaw.json" } })).toEqual({
    configFile: "/nowhere/openclaw.json",
    stateDir: join(homedir(), ".openclaw", "voice-calls"),
  });
});

test("the environment names both, the options win", async () => {
  await using home = await stateDirectory();
  const env = { OPENCLAW_STATE_DIR: "/srv/claw" };
  expect(await locate({ env })).toEqual({ configFile: "/srv/claw/openclaw.json", stateDir: "/srv/claw/voice-calls" });
  expect(await locate({ env: { ...env, OPENCLAW_CONFIG_PATH: "~/other.json" } })).toEqual({
    configFile: join(homedir(), "other.json"),
    stateDir: "/srv/claw/voice-calls",
  });
  const { configFile, stateDir } = home;
  expect(await locate({ env, configFile, stateDir })).toEqual({ configFile, stateDir });
});

test.for([
  ["/srv/calls", "/srv/calls"],
  ["~/calls", join(homedir(), "calls")],
  ["${DATA}/calls", "/data/calls"],
] as const)("`store` %s of the configuration is %s", async ([store, stateDir]) => {
  await using home = await stateDirectory();
  await writeFile(home.configFile, withStore(store));
  expect(await locate({ env: { DATA: "/data" }, configFile: home.configFile })).toMatchObject({ stateDir });
});

test.for(["{ store: ", withStore("${MISSING}/calls"), withStore("calls")])(
  "%s is a notice, and the default",
  async (text) => {
    await using home = await stateDirectory();
    await writeFile(home.configFile, text);
    const notices: string[] = [];
    const env = { OPENCLAW_STATE_DIR: "/srv/claw" };
    const places = await locate({ env, configFile: home.configFile, onNotice: (line) => notices.push(line) });
    expect(places.stateDir).toBe("/srv/claw/voice-calls");
    expect(notices).toEqual([expect.stringContaining(home.configFile)]);
  },
);

test("a file that breaks off behind its `store` still leads to the calls", async () => {
  await using home = await stateDirectory();
  await writeFile(home.configFile, `${withStore("/data/calls").slice(0, -3)} {`);
  expect(await locate({ env: {}, configFile: home.configFile })).toMatchObject({ stateDir: "/data/calls" });
});

test("a file that was asked for and is not there is refused", async () => {
  await expect(locate({ env: {}, configFile: "/nowhere/voice.json" })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
});
