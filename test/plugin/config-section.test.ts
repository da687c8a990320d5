import { expect, test } from "vitest";
import { sectionOf, stateDirOf } from "../../src/plugin/config-section.ts";
import { configOf } from "./fake-host.ts";

test("only our section leaves the Gateway, with the host's speech defaults under our own", () => {
  const rest = {
    tts: { provider: "openai", openai: { apiKey: "host", model: "m" } },
    messages: { tts: { openai: { voice: "old", apiKey: "older" } } },
  };
  expect(sectionOf(configOf({ provider: "mock", tts: { openai: { voice: "ours" } } }, rest))).toEqual({
    provider: "mock",
    tts: { provider: "openai", openai: { apiKey: "host", model: "m", voice: "ours" } },
  });
});

test.for([
  {},
  { plugins: null },
  { plugins: { entries: [] } },
  { plugins: { entries: { "voice-call": { config: "x" } } } },
])("no section in %j", (config) => {
  expect(sectionOf(config)).toEqual({});
});

test("a key that would change every object stays a key", () => {
  const config = configOf({ tts: JSON.parse('{"__proto__":{"polluted":true},"a":{"b":1}}') }, { tts: { a: { c: 2 } } });
  expect(sectionOf(config)["tts"]).toMatchObject({ a: { b: 1, c: 2 } });
  expect({}).not.toHaveProperty("polluted");
});

test.for([
  [{}, "/state/voice-calls"],
  [{ store: "" }, "/state/voice-calls"],
  [{ store: "${CALLS_DIR}/x" }, "/state/voice-calls"],
  [{ store: "~/calls" }, "~/calls"],
] as const)("the state of %j is in %s", ([section, place]) => {
  expect(stateDirOf(section, "/state")).toBe(place);
});
