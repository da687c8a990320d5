// OpenClaw's own voice settings under ours, from a file and from the Gateway.
import { expect, test } from "vitest";
import { loadHandedOver } from "../../src/daemon/config/load.ts";
import { good, loadText } from "./fixture.ts";

const streaming = { enabled: true };

function fromFile(config: object, own: object = { streaming }): ReturnType<typeof good> {
  return good(loadText(JSON.stringify({ ...config, plugins: { entries: { "voice-call": { config: own } } } }), {}));
}

test("the host's voice is used on calls, in its old and its new spelling, and what is its alone is left out", () => {
  const { tts } = fromFile({
    messages: { tts: { auto: "always", provider: "openai", openai: { apiKey: "k1", voice: "nova" } } },
    tts: {
      persona: "x",
      providers: { openai: { speakerVoice: "marin", model: "m" }, own: { baseUrl: "http://a/v1" } },
    },
  });
  expect(tts).toMatchObject({
    provider: "openai",
    openai: { apiKey: "k1", voice: "marin", model: "m" },
    providers: { own: { baseUrl: "http://a/v1" } },
  });
});

test("our own settings win, key by key", () => {
  const own = { streaming, tts: { provider: "elevenlabs", openai: { voice: "alloy" } } };
  const { tts } = fromFile({ tts: { provider: "openai", openai: { apiKey: "k1", voice: "nova" } } }, own);
  expect(tts).toMatchObject({ provider: "elevenlabs", openai: { apiKey: "k1", voice: "alloy" } });
});

test("the Gateway hands the same over", () => {
  const hostTts = { provider: "openai", providers: { openai: { apiKey: "k1", speakerVoice: "nova" } } };
  const { tts } = good(loadHandedOver({ config: { streaming }, hostTts }, {}));
  expect(tts).toMatchObject({ provider: "openai", openai: { apiKey: "k1", voice: "nova" } });
});

test("while calls do not stream, no key of the host's is taken", () => {
  expect(fromFile({ tts: { openai: { apiKey: "k1" } } }, {}).tts.openai).toEqual({});
});

test.for([
  ["a text", "loud"],
  ["a list", ["openai"]],
  ["nonsense inside", { providers: { openai: "marin", elevenlabs: 3 }, openai: { voice: 5 } }],
])("a host whose settings are %s stops no call of ours", ([, tts]) => {
  const text = JSON.stringify({ tts, plugins: { entries: { "voice-call": { config: { streaming } } } } });
  const result = loadText(text, {});
  expect(result.ok || result.problems.every(({ message }) => message.includes("tts"))).toBe(true);
});
