import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { documents } from "../../scripts/generate/documents.ts";
import { readEvents } from "../../scripts/generate/events.ts";
import { configKeys } from "../../src/daemon/config/keys.ts";
import { accountSid, apiKey, authId, authToken, good, loadText, publicKey } from "./fixture.ts";

const page = readFileSync("docs/configuration.md", "utf8");

test.for(documents.map(({ file, render }) => [file, render] as const))("%s is fresh", ([file, render]) => {
  expect(readFileSync(file, "utf8")).toBe(render());
});

test("every key is described, in a sentence, and stands in the documentation", () => {
  const lacking = configKeys.filter(
    ({ path, description }) => !/^[A-Z].*\.$/s.test(description) || !page.includes(`\`${path}\``),
  );
  expect(configKeys.length).toBeGreaterThan(30);
  expect(lacking).toEqual([]);
});

test("the secrets are marked", () => {
  expect(configKeys.filter(({ secret }) => secret).map(({ path }) => path)).toEqual([
    "twilio.authToken",
    "telnyx.apiKey",
    "plivo.authToken",
    "tunnel.ngrokAuthToken",
    "streaming.providers.openai.apiKey",
    "streaming.providers.deepgram.apiKey",
    "streaming.providers.elevenlabs.apiKey",
    "tts.openai.apiKey",
    "tts.elevenlabs.apiKey",
    "tts.providers.*.apiKey",
  ]);
});

test("the examples of the documentation load as they stand", () => {
  const examples = [...page.matchAll(/```json5\n([^]*?)```/g)].map(([, text = ""]) => text);
  const env = {
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TELNYX_API_KEY: apiKey,
    TELNYX_PUBLIC_KEY: publicKey,
    PLIVO_AUTH_ID: authId,
    PLIVO_AUTH_TOKEN: authToken,
    NGROK_AUTHTOKEN: "ngrok",
    NGROK_DOMAIN: "voice.example.com",
  };
  const results = examples.map((text) => loadText(text, env));
  expect(results.map((result) => [good(result).provider, result.notices])).toEqual([
    ["twilio", []],
    ["telnyx", []],
    ["plivo", []],
    ["twilio", []],
    ["twilio", []],
    ["mock", []],
  ]);
});

test("the schema for editors accepts what the loader accepts, and no marks of ours", () => {
  const schema = JSON.parse(readFileSync("docs/config.schema.json", "utf8"));
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    additionalProperties: false,
    properties: {
      serve: {
        additionalProperties: false,
        properties: { port: { type: "integer", minimum: 0, maximum: 65_535, default: 3334 } },
      },
      numbers: { additionalProperties: { additionalProperties: false, properties: { agentId: { type: "string" } } } },
      streaming: { additionalProperties: false, properties: { enabled: { type: "boolean", default: false } } },
      twilio: {
        properties: { from: { deprecated: true }, authToken: { anyOf: [{ type: "string" }, { type: "object" }] } },
      },
      webhookSecurity: { properties: { trustedProxyIPs: { type: "array" } } },
    },
  });
  expect(schema.required).toBeUndefined();
  expect(JSON.stringify(schema)).not.toMatch(/"(secret|env|restart)":/);
});

test("events are read with their comments and fields, and a form that cannot be read is an error", () => {
  const text = `interface Other {\n  "x": 1;\n}\nexport interface EventBodies {\n  "call.one": Parties & {\n    to: string;\n    from?: string;\n  };\n  /** Two\n   * lines. */\n  "call.two": object;\n}\n`;
  expect(readEvents(text)).toEqual([
    { type: "call.one", comment: "", body: "Parties & {\n  to: string;\n  from?: string;\n}" },
    { type: "call.two", comment: "Two lines.", body: "object" },
  ]);
  expect(() => readEvents(text.replace('"call.two": object;', '"call.two"?: object;'))).toThrow("read 1 of 2 events");
  expect(() => readEvents("")).toThrow("there is no");
});
