import { expect, test } from "vitest";
import { handedOver, sectionOf, stateDirOf } from "../../src/plugin/config-section.ts";
import { configOf } from "./fake-host.ts";

test("only our section leaves the Gateway, and what the host says of voices, the newer place over the older", () => {
  const rest = {
    tts: { provider: "openai", openai: { apiKey: "host", model: "m" } },
    messages: { tts: { openai: { voice: "old", apiKey: "older" } } },
    gateway: { auth: { token: "secret" } },
  };
  expect(handedOver(configOf({ provider: "mock", tts: { openai: { voice: "ours" } } }, rest))).toEqual({
    config: { provider: "mock", tts: { openai: { voice: "ours" } } },
    hostTts: { provider: "openai", openai: { apiKey: "host", voice: "old", model: "m" } },
  });
});

test.for([
  {},
  { plugins: null },
  { plugins: { entries: [] } },
  { plugins: { entries: { "voice-call": { config: "x" } } } },
])("no section in %j", (config) => {
  expect(sectionOf(config)).toEqual({});
  expect(handedOver(config)).toEqual({ config: {}, hostTts: {} });
});

test("a key that would change every object stays a key", () => {
  const tts = JSON.parse('{"__proto__":{"polluted":true},"a":{"b":1}}');
  const config = configOf({}, { messages: { tts }, tts: { a: { c: 2 } } });
  expect(handedOver(config).hostTts).toMatchObject({ a: { b: 1, c: 2 } });
  expect({}).not.toHaveProperty("polluted");
});

test.for([
  [{}, "/state/voice-calls"],
  [{ store: "" }, "/state/voice-calls"],
  [{ store: "calls" }, "/state/voice-calls"],
  [{ store: "${CALLS_DIR}/x" }, "/state/voice-calls"],
  [{ store: "~/calls" }, "~/calls"],
] as const)("the state of %j is in %s", ([section, place]) => {
  expect(stateDirOf(section, "/state")).toBe(place);
});
