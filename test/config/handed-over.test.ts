// SecretRefs, and the section as the Gateway hands it over: what is resolved, what is refused, and that no value is told.
import { expect, test } from "vitest";
import { loadHandedOver } from "../../src/daemon/config/load.ts";
import { apiKey, authToken, good, load, plivoSection, twilioSection, wrong } from "./fixture.ts";

const ref = { source: "env", provider: "default", id: "TW_TOKEN" };
const vault = { source: "exec", provider: "vault", id: "twilio/token" };
const withToken = (token: unknown): object => ({
  ...twilioSection,
  twilio: { ...twilioSection.twilio, authToken: token },
});

function handOver(section: object, env: Record<string, string> = {}) {
  return loadHandedOver({ config: { ...section } }, env);
}

test("a file's ref to the environment becomes the variable's value, whatever stands in that", () => {
  const value = "$${TW_TOKEN}${X}7c4f1d0e";
  expect(load(withToken(ref), { TW_TOKEN: "7c4f1d0e" })).toMatchObject({
    ok: true,
    config: { twilio: { authToken: "7c4f1d0e" } },
  });
  expect(wrong(load(withToken(ref)))).toEqual([
    "`twilio.authToken` needs the environment variable TW_TOKEN, which is not set -> set TW_TOKEN where the daemon is started, or start the Gateway",
  ]);
  expect(wrong(load(withToken(ref), { TW_TOKEN: "" }))).toEqual([expect.stringContaining("which is empty")]);
  expect(good(load(withToken(ref), { TW_TOKEN: value }))).toMatchObject({ twilio: { authToken: value } });
});

test("a file's ref of another source is left to the Gateway, with the way out without one", () => {
  expect(wrong(load(withToken(vault)))).toEqual([
    "`twilio.authToken` is a SecretRef (exec:vault:twilio/token), which only the Gateway can resolve -> start the Gateway, which hands it over, or leave the key out and set TWILIO_AUTH_TOKEN where the daemon is started",
  ]);
});

test("a ref of a carrier that is not used stops no call", () => {
  const section = { ...plivoSection, twilio: { authToken: vault }, telnyx: { apiKey: vault } };
  for (const result of [load(section), handOver(section)]) {
    expect(good(result).provider).toBe("plivo");
    expect(result.notices).toEqual([
      expect.stringContaining("`twilio.authToken` is a SecretRef"),
      expect.stringContaining("`telnyx.apiKey` is a SecretRef"),
    ]);
  }
});

test("a ref where no secret goes, or half a ref, is no value", () => {
  expect(wrong(load({ ...twilioSection, fromNumber: ref }))).toEqual([
    expect.stringContaining("`fromNumber` is an object, where a text is needed"),
  ]);
  expect(wrong(load(withToken({ source: "env", id: "TW_TOKEN" })))).toEqual([
    expect.stringContaining("`twilio.authToken` is an object, where a text is needed"),
  ]);
});

test("what the Gateway could not resolve is told with its key, and not looked up here", () => {
  expect(wrong(handOver(withToken(ref), { TW_TOKEN: authToken }))).toEqual([
    expect.stringMatching(
      /^`twilio\.authToken` is a SecretRef \(env:default:TW_TOKEN\), which the Gateway could not resolve -> /,
    ),
  ]);
  expect(wrong(handOver(withToken("${TW_TOKEN}"), { TW_TOKEN: authToken }))).toEqual([
    expect.stringMatching(
      /^`twilio\.authToken` needs the environment variable TW_TOKEN.* where the Gateway is started/,
    ),
  ]);
});

test("the documented variables fill what the Gateway's section leaves out", () => {
  const { authToken: _token, ...account } = twilioSection.twilio;
  const result = handOver({ ...twilioSection, twilio: account }, { TWILIO_AUTH_TOKEN: authToken });
  expect(good(result)).toMatchObject({ twilio: { authToken } });
});

test("a section is checked as a file's is, and stays as it was given", () => {
  const section = { provider: "log", maxConcurentCalls: 2 };
  const result = handOver(section);
  expect(wrong(result)).toEqual([expect.stringContaining("did you mean `maxConcurrentCalls`?")]);
  expect(result.notices).toEqual(['`provider: "log"` is now `provider: "mock"`']);
  expect(section.provider).toBe("log");
  expect(wrong(loadHandedOver({ config: JSON.parse('{"serve":{"__proto__":{"port":1}}}') }, {}))).toEqual([
    expect.stringContaining("is not allowed as a key"),
  ]);
});

test.for([
  ["a hostile name", { source: "exec", provider: "`\u0007", id: "x".repeat(500) }],
  ["a key as the id", { source: "file", provider: "default", id: "/run/secrets/twilio" }],
])("%s in a ref is told safely", ([, hostile]) => {
  const [text = ""] = wrong(load(withToken(hostile)));
  // oxlint-disable-next-line no-control-regex -- what must not be there
  expect(text).not.toMatch(/[\u0000-\u001f]/);
  expect(text.length).toBeLessThan(400);
});

test("no problem and no notice holds a secret's value", () => {
  const section = { ...withToken(`${authToken} ${apiKey}`), telnyx: { apiKey }, unknown: authToken };
  const { notices, ...result } = handOver(section);
  expect(result.ok).toBe(false);
  for (const secret of [authToken, apiKey]) expect(JSON.stringify([notices, result])).not.toContain(secret);
});
