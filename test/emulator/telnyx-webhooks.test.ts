// How the Telnyx emulator delivers webhooks: concurrency, budget, retries, failover, faults.
import { expect, test } from "vitest";
import { startTelnyxEmulator, type TelnyxEmulatorOptions, type TelnyxFaults } from "../../src/emulator/index.ts";
import { DIAL, eventsOf, isSigned, startTelnyxApp, telnyxFor, webhookIn } from "./telnyx-sdk.ts";
import { startApp } from "./webhook-app.ts";

/** Two webhooks: initiated and hangup. */
const BUSY: TelnyxEmulatorOptions = { callee: { outcome: "busy" }, retryGapMs: 5 };
/** Three: initiated, answered and hangup. */
const SHORT: TelnyxEmulatorOptions = { callee: { hangUpAfterMs: 1000 }, retryGapMs: 5 };

async function run(options: TelnyxEmulatorOptions, faults: TelnyxFaults, until: number) {
  const app = await startTelnyxApp();
  const emulator = await startTelnyxEmulator({ ...options, webhookUrl: `${app.url}/voice` });
  emulator.faults(faults);
  await telnyxFor(emulator).calls.dial(DIAL);
  await emulator.waitFor(() => emulator.calls[0]?.state === "ended" && emulator.calls[0].webhooks.length === until);
  return {
    call: emulator.calls[0],
    key: emulator.publicKey,
    received: app.received.map(webhookIn),
    async [Symbol.asyncDispose]() {
      await emulator[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

test.each([
  [503, 3],
  [429, 3],
  [408, 3],
  [404, 1],
  [302, 1],
  [204, 1],
])("an application that answers %i gets %i attempts, each numbered and signed anew", async (status, attempts) => {
  await using app = await startApp(() => ({ status }));
  await using emulator = await startTelnyxEmulator({ ...BUSY, webhookUrl: app.url });
  await telnyxFor(emulator).calls.dial(DIAL);
  await emulator.waitFor(() => eventsOf(emulator.calls[0]).filter((event) => event === "hangup").length === attempts);
  const hooks = app.received.map(webhookIn).filter(({ event }) => event === "call.hangup");
  expect(hooks.map(({ attempt }) => attempt)).toEqual(Array.from({ length: attempts }, (_, index) => index + 1));
  expect(new Set(hooks.map(({ id }) => id)).size).toBe(1);
  expect(new Set(hooks.map(({ headers }) => headers["telnyx-signature-ed25519"])).size).toBe(attempts);
  expect(hooks.every((hook) => isSigned(hook, emulator.publicKey))).toBe(true);
});

test("an application that is too slow, then the failover", async () => {
  const release = Promise.withResolvers<string>();
  await using slow = await startApp(() => release.promise);
  await using spare = await startTelnyxApp();
  await using emulator = await startTelnyxEmulator({
    ...BUSY,
    webhookUrl: slow.url,
    failoverUrl: `${spare.url}/spare`,
    webhookTries: 2,
    webhookTimeoutMs: 250,
  });
  await telnyxFor(emulator).calls.dial(DIAL);
  await emulator.waitFor(() => emulator.calls[0]?.webhooks.filter((hook) => hook.status === 200).length === 2);
  release.resolve("");
  const [call] = emulator.calls;
  expect(call?.webhooks.find((hook) => hook.attempt === 2)?.failure).toContain("timed out");
  expect(spare.received.map((received) => [received.path, webhookIn(received).attempt])).toEqual([
    ["/spare", 3],
    ["/spare", 3],
  ]);
});

test("nothing outside this machine is ever called, and without a URL nothing is sent", async () => {
  await using emulator = await startTelnyxEmulator(BUSY);
  const { calls } = telnyxFor(emulator);
  await calls.dial({ ...DIAL, webhook_url: "https://voice.example.test/voice" });
  await emulator.waitFor(() => emulator.calls[0]?.webhooks.length === 6);
  expect(emulator.calls[0]?.webhooks[0]?.failure).toContain("no route");
  await calls.dial(DIAL);
  await emulator.waitFor(() => emulator.calls[1]?.state === "ended");
  expect(emulator.calls[1]?.webhooks).toEqual([]);
  expect(emulator.calls[1]?.warnings).toHaveLength(2);
});

test("webhooks do not wait for each other", async () => {
  const release = Promise.withResolvers<undefined>();
  await using app = await startApp(async (received) => {
    if (webhookIn(received).event === "call.initiated") {
      await release.promise;
    }
    return { status: 200 };
  });
  await using emulator = await startTelnyxEmulator({ ...SHORT, webhookUrl: app.url });
  await telnyxFor(emulator).calls.dial(DIAL);
  await emulator.waitFor(() => eventsOf(emulator.calls[0]).includes("hangup"));
  expect(eventsOf(emulator.calls[0])).toEqual(["answered", "hangup"]);
  release.resolve(undefined);
  await emulator.waitFor(() => eventsOf(emulator.calls[0]).includes("initiated"));
});

test.each([0, 20])("duplicates, %i ms after, are the same bytes", async (afterMs) => {
  await using delivered = await run(
    BUSY,
    { webhooks: [{ on: "call.hangup", fault: "duplicate", copies: 2, afterMs }] },
    4,
  );
  const hangUps = delivered.received.filter(({ event }) => event === "call.hangup");
  expect(new Set(hangUps.map(({ body, headers }) => body + String(headers["telnyx-signature-ed25519"]))).size).toBe(1);
  expect(hangUps).toHaveLength(3);
  expect(delivered.call?.webhooks.filter((hook) => hook.duplicate)).toHaveLength(2);
});

test("an ignored reply makes a second attempt with the same id", async () => {
  await using delivered = await run(BUSY, { webhooks: [{ on: "call.initiated", fault: "ignore-reply" }] }, 3);
  const [first, second] = delivered.received.filter(({ event }) => event === "call.initiated");
  expect(second).toMatchObject({ id: first?.id, attempt: 2 });
});

test("out of order, late, lost", async () => {
  await using held = await run(
    SHORT,
    {
      webhooks: [
        { on: "call.answered", fault: "hold-until", event: "call.hangup" },
        { on: "call.initiated", fault: "lose" },
      ],
    },
    2,
  );
  expect(held.received.map(({ event }) => event)).toEqual(["call.hangup", "call.answered"]);
  await using late = await run(SHORT, { webhooks: [{ on: "call.initiated", fault: "delay", ms: 500 }] }, 3);
  expect(late.received.map(({ event }) => event)).toEqual(["call.answered", "call.hangup", "call.initiated"]);
});

test("forged and stale signatures", async () => {
  await using delivered = await run(
    BUSY,
    {
      webhooks: [
        { on: "call.initiated", fault: "wrong-signature" },
        { on: "call.hangup", fault: "stale", seconds: 301 },
      ],
    },
    2,
  );
  const [forged, stale] = delivered.received;
  expect([forged, stale].map((hook) => hook !== undefined && isSigned(hook, delivered.key))).toEqual([false, true]);
  const age = Number(forged?.headers["telnyx-timestamp"]) - Number(stale?.headers["telnyx-timestamp"]);
  expect(age).toBeGreaterThanOrEqual(300);
});

test("the first webhook may come before the reply to dial", async () => {
  await using app = await startTelnyxApp();
  await using emulator = await startTelnyxEmulator({ webhookUrl: app.url });
  emulator.faults({ rest: [{ on: "dial", fault: "webhook-first" }] });
  const { data } = await telnyxFor(emulator).calls.dial(DIAL);
  expect(app.received.map((received) => webhookIn(received).payload["call_control_id"])).toEqual([
    data?.call_control_id,
  ]);
});
