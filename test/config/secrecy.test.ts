import fc from "fast-check";
import { expect, test } from "vitest";
import { redactConfig } from "../../src/daemon/config/redact.ts";
import { accountSid, authId, load, loadText, plivoSection, telnyxSection, twilioSection } from "./fixture.ts";

const canary = "canary5e7dead";
const caller = "+15555559876";

test("what is shown of a configuration has neither secrets nor full numbers", () => {
  const result = load({
    ...twilioSection,
    allowFrom: [caller],
    toNumber: caller,
    twilio: { accountSid, authToken: canary },
  });
  const shown = redactConfig(result);
  expect(shown).toMatchObject({
    provider: "twilio",
    fromNumber: "…0100",
    toNumber: "…9876",
    allowFrom: ["…9876"],
    twilio: { accountSid, authToken: "(set)" },
    serve: { port: 3334 },
  });
  expect(JSON.stringify(shown)).not.toMatch(new RegExp(`${canary}|5555559876`));
});

test("dialled numbers are shortened as keys too, and stay apart when they end alike", () => {
  const numbers = { "+15555550101": { agentId: "a" }, "+442075550101": { agentId: "b" } };
  expect(redactConfig(load({ ...twilioSection, numbers }))["numbers"]).toEqual({
    "…0101": { agentId: "a" },
    "…0101 (2)": { agentId: "b" },
  });
});

test("no carrier's and no tunnel's secret is shown", () => {
  const telnyx = { ...telnyxSection.telnyx, apiKey: `KEY${canary}` };
  const tunnel = { provider: "ngrok", ngrokAuthToken: canary };
  const shown = [
    redactConfig(load({ ...telnyxSection, publicUrl: undefined, telnyx, tunnel })),
    redactConfig(load({ ...plivoSection, plivo: { authId, authToken: canary } })),
  ];
  expect(shown).toMatchObject([
    { telnyx: { ...telnyx, apiKey: "(set)" }, tunnel: { ngrokAuthToken: "(set)" } },
    { plivo: { authId, authToken: "(set)" } },
  ]);
  expect(JSON.stringify(shown)).not.toContain(canary);
});

test("an absent secret is not shown as set", () => {
  expect(redactConfig(load({ provider: "mock" }))).toMatchObject({ twilio: {} });
});

test("of a wrong configuration the problems are shown", () => {
  expect(redactConfig(load({ provider: "acme" }))).toEqual({
    problems: [expect.objectContaining({ code: "CONFIG_INVALID" })],
  });
});

const leaky: [string, () => ReturnType<typeof load>][] = [
  ["wrong account", () => load({ ...twilioSection, twilio: { accountSid: `SK${canary}`, authToken: ` ${canary}` } })],
  ["secret of a wrong type", () => load({ ...twilioSection, twilio: { accountSid, authToken: [canary] } })],
  [
    "secret in a URL",
    () =>
      load({
        ...twilioSection,
        publicUrl: `https://x:${canary}@example.com/`,
        twilio: { accountSid, authToken: canary, baseUrl: `https://${canary}@h` },
      }),
  ],
  [
    "secret in a wrong place",
    () =>
      load({
        ...twilioSection,
        provider: canary,
        serve: { bind: canary, path: canary, port: canary },
        inboundPolicy: canary,
        mock: { replies: canary },
      }),
  ],
  ["numbers", () => load({ ...twilioSection, fromNumber: `${caller}x${canary}`, allowFrom: [canary] })],
  [
    "older and later keys",
    () =>
      load({
        ...twilioSection,
        twilio: { from: canary, authToken: canary },
        streaming: { openaiApiKey: canary },
        tts: { openai: { apiKey: canary } },
      }),
  ],
  [
    "wrong Telnyx account",
    () =>
      load({
        ...telnyxSection,
        telnyx: { apiKey: canary, connectionId: ` ${canary}`, publicKey: canary, baseUrl: `https://${canary}@h` },
      }),
  ],
  ["wrong Plivo account", () => load({ ...plivoSection, plivo: { authId: canary, authToken: `${canary}\n` } })],
  [
    "wrong tunnel",
    () =>
      load({
        ...twilioSection,
        tunnel: { provider: "ngrok", ngrokAuthToken: canary, ngrokDomain: `https://${canary}/` },
        webhookSecurity: { trustedProxyIPs: [canary] },
      }),
  ],
  [
    "dialled numbers",
    () =>
      load({
        ...twilioSection,
        numbers: {
          [caller]: { greeting: canary, responseTimeoutMs: canary },
          [caller.slice(1)]: { agentId: [canary] },
        },
      }),
  ],
  [
    "dialled numbers that are none",
    () => load({ ...twilioSection, numbers: { [caller.slice(1)]: {}, [`tel:${caller}@h`]: { x: canary } } }),
  ],
  ["variables of dialled numbers", () => load({ ...twilioSection, numbers: { [caller]: { agentId: "${NONE}" } } }, {})],
  ["syntax error", () => loadText(`{ token: "${canary}" ${canary} }`)],
  ["cut off", () => loadText(`{ token: "${canary}`)],
  [
    "variables",
    () =>
      load(
        { ...twilioSection, twilio: { accountSid: "${A}", authToken: "${B}" }, toNumber: "${C}${D}" },
        { A: canary, B: ` ${canary}`, C: canary },
      ),
  ],
];

test.for(leaky)("problems, notices and what is shown do not repeat values: %s", ([, run]) => {
  const result = run();
  const said = JSON.stringify([result.ok ? [] : result.problems, result.notices, redactConfig(result)]);
  expect(said).toMatch(/is |must|needs|ends|holds/);
  expect(said).not.toContain(canary);
  expect(said).not.toContain(caller.slice(1));
});

test("whatever a file holds, loading it does not throw", () => {
  const json = fc.json({ maxDepth: 4 });
  const section = fc.dictionary(
    fc.constantFrom(
      "provider",
      "serve",
      "twilio",
      "allowFrom",
      "publicUrl",
      "mock",
      "streaming",
      "fromNumber",
      "webhookSecurity",
      "telnyx",
      "plivo",
      "tunnel",
      "tailscale",
      "numbers",
      "phrases",
      "idle",
      "__proto__",
    ),
    fc.jsonValue({ maxDepth: 3 }),
  );
  fc.assert(
    fc.property(fc.oneof(json, fc.string(), fc.uint8Array()), (text) => {
      const { ok } = loadText(text);
      expect(typeof ok).toBe("boolean");
    }),
    { numRuns: 60 },
  );
  fc.assert(
    fc.property(section, (value) => {
      const result = load(value, { TWILIO_AUTH_TOKEN: canary });
      expect(
        result.ok || result.problems.every(({ code, message }) => code === "CONFIG_INVALID" && message.length > 0),
      ).toBe(true);
      expect(JSON.stringify([result.notices, redactConfig(result)])).not.toContain(canary);
    }),
    { numRuns: 150 },
  );
});
