import { Command } from "commander";
import { expect, test } from "vitest";
import { FakeHost } from "./fake-host.ts";

const methods = {
  initiate: "operator.write",
  start: "operator.write",
  continue: "operator.write",
  "continue.start": "operator.write",
  "continue.result": "operator.read",
  speak: "operator.write",
  dtmf: "operator.write",
  end: "operator.write",
  status: "operator.read",
};

test.for(["full", "discovery", "tool-discovery"])("in the mode %s all is registered and nothing is started", (mode) => {
  const host = new FakeHost().load(mode);
  expect(Object.fromEntries([...host.methods].map(([name, { scope }]) => [name, scope]))).toEqual(
    Object.fromEntries(Object.entries(methods).map(([name, scope]) => [`voicecall.${name}`, scope])),
  );
  expect(host.services.map(({ id, reload }) => ({ id, reload }))).toEqual([
    { id: "voice-call", reload: { configPrefixes: ["plugins.entries.voice-call.config", "tts", "messages.tts"] } },
  ]);
  expect(host.reloads).toEqual([{ hotPrefixes: ["plugins.entries.voice-call.config"] }]);
  expect(host.registrars).toHaveLength(1);
  expect(host.makeTool?.({}).name).toBe("voice_call");
  expect(host.lines).toEqual([]);
});

test("for the command line alone the host's runtime, which then throws, is left alone", () => {
  const host = new FakeHost().load("cli-metadata");
  expect(host.registrars).toHaveLength(1);
  expect(host.services).toEqual([]);
});

test("registering again and again leaves nothing running", () => {
  const before = process.getActiveResourcesInfo().length;
  for (let times = 0; times < 200; times++) new FakeHost().load(times % 2 === 0 ? "full" : "discovery");
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
});

test("an older host is told so in one line, and goes on without voice", () => {
  const host = new FakeHost();
  Object.defineProperty(host, "registerReload", { value: undefined });
  host.load();
  expect(host.lines).toEqual([
    "error voice-call: this OpenClaw has no registerReload: voice needs OpenClaw 2026.9 or newer, so it stays off",
  ]);
  expect(host.methods.size).toBe(0);
  expect(host.services).toEqual([]);
});

test("the command line goes to the program as it was typed, help and unknown words included", async () => {
  const host = new FakeHost();
  const program = new Command("openclaw").exitOverride();
  host.load("discovery");
  for (const register of host.registrars) register({ program, config: {} });
  const command = program.commands.find((one) => one.name() === "voicecall");
  let typed: readonly string[] = [];
  command?.action(() => {
    typed = command.args;
  });
  const words = ["call", "--to", "+15555550123", "-m", "--help", "--json", "frob", "--", "-x"];
  await program.parseAsync(["voicecall", ...words], { from: "user" });
  expect(typed).toEqual(words);
});
