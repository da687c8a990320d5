// How the Plivo emulator delivers webhooks: signatures, retries, overrides in the fragment, faults.
import { validateSignature, validateV3Signature } from "plivo";
import { expect, test } from "vitest";
import { startPlivoEmulator, type PlivoEmulatedCall, type PlivoEmulator } from "../../src/emulator/index.ts";
import { deliveryPolicy } from "../../src/emulator/plivo/delivery-policy.ts";
import { plivoCalls, transferCall } from "./plivo-sdk.ts";
import { THEM, US } from "./sdk.ts";
import { startApp, twiml as response, type ReceivedWebhook } from "./webhook-app.ts";

const HELLO = response("<Speak>Hello</Speak>");

function isSigned(webhook: ReceivedWebhook, origin: string, token: string, header = "x-plivo-signature-v3"): boolean {
  const { headers, form, path, method } = webhook;
  const nonce = String(headers["x-plivo-signature-v3-nonce"]);
  const params = method === "GET" ? {} : Object.fromEntries(form);
  return validateV3Signature(method, origin + path, nonce, token, String(headers[header]), params) === true;
}

function completed(emulator: PlivoEmulator): Promise<void> {
  return emulator.waitFor(() => emulator.calls.at(-1)?.status === "completed");
}

function kinds(call: PlivoEmulatedCall | undefined): string[] {
  return call?.webhooks.map((webhook) => webhook.kind) ?? [];
}

test("every webhook is signed for its public address, as the official check has it, for account and main account", async () => {
  const origin = "https://voice.example.test:8443";
  await using app = await startApp(({ path }) =>
    path.startsWith("/answer") ? response(`<Redirect method="GET">${origin}/more?b=2&amp;a=%20x</Redirect>`) : HELLO,
  );
  await using emulator = await startPlivoEmulator({
    routes: [{ public: origin, target: app.url }],
    mainAuthToken: "THEMAINTOKEN",
  });
  await plivoCalls(emulator).create(US, THEM, `${origin}/answer?t=1&s=é`, { hangupUrl: `${origin}/hangup` });
  await emulator.waitFor(() => emulator.calls[0]?.webhooks.length === 3);
  expect(app.received.map(({ method }) => method)).toEqual(["POST", "GET", "POST"]);
  for (const webhook of app.received) {
    expect(webhook.headers["x-plivo-signature-v3-nonce"]).toMatch(/^\d{20}$/);
    expect(isSigned(webhook, origin, emulator.authToken)).toBe(true);
    expect(isSigned(webhook, origin, "THEMAINTOKEN", "x-plivo-signature-ma-v3")).toBe(true);
    expect(isSigned(webhook, origin, "THEMAINTOKEN")).toBe(false);
  }
  const nonces = app.received.map(({ headers }) => headers["x-plivo-signature-v3-nonce"]);
  expect(new Set(nonces).size).toBe(3);
});

test("delivery rules are read from the fragment; values out of range are ignored", () => {
  expect(deliveryPolicy("https://a.test/x?y=1#rc=5&rp=ct,5xx&ct=200&rt=300&tt=400", "action", 15_000)).toEqual({
    url: "https://a.test/x?y=1",
    retries: 5,
    retryOn: new Set(["ct", "5xx"]),
    connectMs: 200,
    readMs: 300,
    totalMs: 400,
  });
  expect(deliveryPolicy("https://a.test/#rc=9&ct=1&rt=x", "hangup", 15_000)).toEqual({
    url: "https://a.test/",
    retries: 1,
    retryOn: new Set(["ct", "rt"]),
    connectMs: 2000,
    readMs: 40_000,
    totalMs: 55_000,
  });
  expect(deliveryPolicy("https://a.test/", "answer", 15_000)).toMatchObject({ retries: 2, readMs: 15_000 });
});

test.each([
  ["", 503, 3],
  ["#rc=1", 404, 2],
  ["#rc=2&rp=5xx", 404, 1],
])("answer URL with fragment %s, status %i: %i attempts, each signed anew", async (fragment, status, attempts) => {
  await using app = await startApp(() => ({ status }));
  await using emulator = await startPlivoEmulator({ retryGapMs: 1 });
  await plivoCalls(emulator).create(US, THEM, `${app.url}/answer${fragment}`);
  await completed(emulator);
  expect(app.received).toHaveLength(attempts);
  const nonces = app.received.map(({ headers }) => headers["x-plivo-signature-v3-nonce"]);
  expect(new Set(nonces).size).toBe(attempts);
  expect(app.received.every((webhook) => isSigned(webhook, app.url, emulator.authToken))).toBe(true);
  expect(emulator.calls[0]?.webhooks.map(({ attempt }) => attempt)).toEqual(nonces.map((_nonce, index) => index + 1));
});

test("a document that takes too long is given up", async () => {
  const release = Promise.withResolvers<string>();
  await using app = await startApp(() => release.promise);
  await using emulator = await startPlivoEmulator({ documentTimeoutMs: 50, retryGapMs: 1 });
  await plivoCalls(emulator).create(US, THEM, `${app.url}/answer#rc=0`);
  await completed(emulator);
  release.resolve(HELLO);
  expect(emulator.calls[0]?.hangupCauseCode).toBe(7011);
  expect(emulator.calls[0]?.webhooks[0]?.failure).toContain("timed out");
});

test("nothing outside this machine is ever called", async () => {
  await using emulator = await startPlivoEmulator({ retryGapMs: 1 });
  await plivoCalls(emulator).create(US, THEM, "https://voice.example.test/answer");
  await completed(emulator);
  expect(emulator.calls[0]?.webhooks[0]?.failure).toContain("no route");
});

test("a duplicate is the same bytes again, a retry has a nonce of its own; the call goes on once", async () => {
  await using app = await startApp(() => HELLO);
  await using emulator = await startPlivoEmulator();
  emulator.faults({
    webhooks: [
      { on: "answer", fault: "duplicate", copies: 2, afterMs: 0 },
      { on: "answer", fault: "retry", copies: 1, afterMs: 0 },
    ],
  });
  await plivoCalls(emulator).create(US, THEM, `${app.url}/answer`);
  await completed(emulator);
  await emulator.waitFor(() => emulator.calls[0]?.webhooks.length === 4);
  expect(emulator.calls[0]?.webhooks.map((webhook) => webhook.duplicate).toSorted()).toEqual([false, true, true, true]);
  const envelopes = app.received.map(({ headers }) => String(headers["x-plivo-signature-v3-nonce"]));
  expect(new Set(envelopes).size).toBe(2);
  expect(new Set(app.received.map(({ form }) => form.toString())).size).toBe(1);
  expect(app.received.every((webhook) => isSigned(webhook, app.url, emulator.authToken))).toBe(true);
  expect(emulator.calls[0]?.heard).toHaveLength(1);
});

test("signatures: a wrong one, several in one header, only the old kind", async () => {
  await using app = await startApp(() => HELLO);
  await using emulator = await startPlivoEmulator();
  const place = async (fault: "wrong-signature" | "several-signatures" | "only-v2") => {
    emulator.faults({ webhooks: [{ fault }] });
    await plivoCalls(emulator).create(US, THEM, `${app.url}/answer?x=1`);
    await completed(emulator);
    const webhook = app.received.at(-1);
    if (webhook === undefined) {
      throw new Error("no webhook");
    }
    return webhook;
  };
  const wrong = await place("wrong-signature");
  expect(isSigned(wrong, app.url, emulator.authToken)).toBe(false);
  const several = await place("several-signatures");
  const listed = String(several.headers["x-plivo-signature-v3"]).split(",");
  expect(listed).toHaveLength(2);
  expect(isSigned(several, app.url, emulator.authToken)).toBe(true);
  const old = await place("only-v2");
  const { "x-plivo-signature-v2": signature, "x-plivo-signature-v2-nonce": nonce } = old.headers;
  expect(old.headers["x-plivo-signature-v3"]).toBeUndefined();
  expect(validateSignature(app.url + old.path, String(nonce), String(signature), emulator.authToken)).toBe(true);
});

test("callbacks out of order, lost, late", async () => {
  await using app = await startApp(({ path }) => (path === "/answer" ? HELLO : ""));
  await using emulator = await startPlivoEmulator();
  const place = async (webhooks: number) => {
    const before = emulator.calls.length;
    await plivoCalls(emulator).create(US, THEM, `${app.url}/answer`, {
      ringUrl: `${app.url}/ring`,
      hangupUrl: `${app.url}/hangup`,
    });
    await emulator.waitFor(() => emulator.calls[before]?.webhooks.length === webhooks);
    return kinds(emulator.calls[before]);
  };
  expect(await place(3)).toEqual(["ring", "answer", "hangup"]);
  emulator.faults({ webhooks: [{ on: "ring", fault: "hold-until", kind: "answer" }] });
  expect(await place(3)).toEqual(["answer", "ring", "hangup"]);
  emulator.faults({ webhooks: [{ on: "ring", fault: "hold-until", kind: "action" }] });
  expect(await place(3)).toEqual(["answer", "hangup", "ring"]);
  emulator.faults({ webhooks: [{ on: "ring", fault: "lose" }] });
  expect(await place(2)).toEqual(["answer", "hangup"]);
  emulator.faults({
    webhooks: [
      { on: "ring", fault: "concurrent" },
      { on: "ring", fault: "delay", ms: 200 },
    ],
  });
  expect(await place(3)).toEqual(["answer", "hangup", "ring"]);
});

test("an action that is answered after the transfer to the next turn changes nothing", async () => {
  const asked = Promise.withResolvers<void>();
  const reply = Promise.withResolvers<string>();
  await using app = await startApp(({ path }) => {
    switch (path) {
      case "/answer":
        return response(`<GetInput inputType="speech" action="${app.url}/input?turn=1"><Speak>One?</Speak></GetInput>`);
      case "/reply":
        return response('<Speak>Two</Speak><Wait length="30"/>');
      default:
        asked.resolve();
        return reply.promise;
    }
  });
  await using emulator = await startPlivoEmulator({ callee: { utterances: ["Yes"] } });
  const calls = plivoCalls(emulator);
  await calls.create(US, THEM, `${app.url}/answer`);
  await asked.promise;
  await transferCall(calls, String(emulator.calls[0]?.callUuid), `${app.url}/reply`);
  await emulator.waitFor(() => kinds(emulator.calls[0]).includes("transfer"));
  reply.resolve(response("<Speak>never</Speak>"));
  await completed(emulator);
  expect(kinds(emulator.calls[0])).toEqual(["answer", "transfer", "action"]);
  expect(emulator.calls[0]?.heard.map((heard) => heard.heard)).toEqual(["One?", "Two"]);
});
