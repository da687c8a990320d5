// How the Twilio emulator delivers webhooks: retries, overrides in the fragment, faults.
import { expect, test } from "vitest";
import { startTwilioEmulator, type EmulatedCall } from "../../src/emulator/index.ts";
import { connectionSettings } from "../../src/emulator/twilio/connection-override.ts";
import { sdkFor, THEM, US } from "./sdk.ts";
import { startApp, twiml } from "./webhook-app.ts";

const HELLO = twiml("<Say>Hello</Say>");
const EVENTS = ["initiated", "ringing", "answered", "completed"];
const CALL = { to: THEM, from: US };

function order(call: EmulatedCall | undefined): (string | null)[] {
  return call?.webhooks.map((hook) => hook.event ?? hook.kind) ?? [];
}

test("connection overrides are read from the fragment; values out of range are ignored", () => {
  expect(connectionSettings("https://a.test/x?y=1#rc=5&rp=ct,rt,5xx&ct=200&rt=300&tt=400", 15_000)).toEqual({
    url: "https://a.test/x?y=1",
    retries: 5,
    retryOn: new Set(["ct", "rt", "5xx"]),
    connectMs: 200,
    readMs: 300,
    totalMs: 400,
  });
  const plain = {
    retries: 1,
    retryOn: new Set(["ct"]),
    connectMs: 5000,
    readMs: 15_000,
    totalMs: 15_000,
  };
  expect(connectionSettings("https://a.test/#rc=9&ct=1&rt=x", 15_000)).toMatchObject(plain);
  expect(connectionSettings("https://a.test/#rp=all", 15_000).retryOn.size).toBe(4);
});

test("an application that comes back is reached by a retry: same signature, same token", async () => {
  const gone = await startApp(() => HELLO);
  const port = Number(new URL(gone.url).port);
  await gone[Symbol.asyncDispose]();
  await using emulator = await startTwilioEmulator({ retryGapMs: 20 });
  await sdkFor(emulator).calls.create({ ...CALL, url: `${gone.url}/voice#rc=5` });
  await emulator.onNextEvent((event) => event.type === "webhook" && event.attempt.status === null);
  await using app = await startApp(() => HELLO, port);
  await emulator.waitFor(() => emulator.calls[0]?.status === "completed");

  const attempts = emulator.calls[0]?.webhooks ?? [];
  expect(attempts[0]).toMatchObject({ attempt: 1, status: null });
  expect(attempts.at(-1)).toMatchObject({ attempt: attempts.length, status: 200 });
  expect(new Set(attempts.map((each) => each.signature + each.idempotencyToken)).size).toBe(1);
  expect(app.received[0]?.headers["i-twilio-idempotency-token"]).toBe(attempts[0]?.idempotencyToken);
  expect(emulator.calls[0]?.heard[0]?.kind).toBe("say");
});

test.each([
  ["", 503, 1],
  ["#rc=2&rp=5xx", 503, 3],
  ["#rc=2&rp=4xx", 404, 3],
  ["#rc=2&rp=4xx", 429, 1],
])("fragment %s, status %i: %i attempts", async (fragment, status, attempts) => {
  await using app = await startApp(() => ({ status }));
  await using emulator = await startTwilioEmulator({ retryGapMs: 1 });
  await sdkFor(emulator).calls.create({ ...CALL, url: `${app.url}/voice${fragment}` });
  await emulator.waitFor(() => emulator.calls[0]?.status === "completed");
  expect(app.received).toHaveLength(attempts);
});

test("a slow reply is given up after the read timeout", async () => {
  const release = Promise.withResolvers<string>();
  await using app = await startApp(() => release.promise);
  await using emulator = await startTwilioEmulator();
  await sdkFor(emulator).calls.create({ ...CALL, url: `${app.url}/voice#rt=100` });
  await emulator.waitFor(() => emulator.calls[0]?.heard[0]?.kind === "application-error");
  release.resolve(HELLO);
  expect(emulator.calls[0]?.webhooks[0]?.failure).toContain("timed out");
});

test("nothing outside this machine is ever called", async () => {
  await using emulator = await startTwilioEmulator({ retryGapMs: 1 });
  await sdkFor(emulator).calls.create({ ...CALL, url: "https://voice.example.test/voice" });
  await emulator.waitFor(() => emulator.calls[0]?.status === "completed");
  expect(emulator.calls[0]?.webhooks[0]?.failure).toContain("no route");
});

test("duplicates carry the same bytes; the call goes on once", async () => {
  await using app = await startApp(() => HELLO);
  await using emulator = await startTwilioEmulator();
  emulator.faults({ webhooks: [{ on: "voice", fault: "duplicate", copies: 2, afterMs: 0 }] });
  await sdkFor(emulator).calls.create({ ...CALL, url: `${app.url}/voice` });
  await emulator.waitFor(() => emulator.calls[0]?.status === "completed");
  expect(emulator.calls[0]?.webhooks.map((hook) => hook.duplicate).toSorted()).toEqual([false, true, true]);
  const seen = app.received.map(({ headers, form }) =>
    JSON.stringify([headers["x-twilio-signature"], headers["i-twilio-idempotency-token"], form.toString()]),
  );
  expect(new Set(seen).size).toBe(1);
  expect(emulator.calls[0]?.heard).toHaveLength(1);
});

test("status callbacks out of order, lost, wrongly signed, late", async () => {
  await using app = await startApp(() => ({ status: 204 }));
  await using emulator = await startTwilioEmulator();
  const place = async (webhooks: number) => {
    const before = emulator.calls.length;
    await sdkFor(emulator).calls.create({
      ...CALL,
      twiml: HELLO,
      statusCallback: `${app.url}/status`,
      statusCallbackEvent: EVENTS,
    });
    await emulator.waitFor(() => emulator.calls[before]?.webhooks.length === webhooks);
    return emulator.calls[before];
  };
  emulator.faults({
    webhooks: [
      { on: "ringing", fault: "hold-until", event: "answered", times: 1 },
      { on: "initiated", fault: "hold-until", event: "completed", times: 1 },
    ],
  });
  const shuffled = await place(4);
  expect(order(shuffled)).toEqual(["answered", "ringing", "completed", "initiated"]);
  expect(shuffled?.webhooks.map((hook) => hook.params["SequenceNumber"])).toEqual(["2", "1", "3", "0"]);

  emulator.faults({
    webhooks: [
      { on: "answered", fault: "lose" },
      { on: "completed", fault: "wrong-signature" },
    ],
  });
  const broken = await place(3);
  expect(order(broken)).toEqual(["initiated", "ringing", "completed"]);
  expect(broken?.webhooks[2]?.signature).not.toBe(broken?.webhooks[1]?.signature);

  emulator.faults({
    webhooks: [
      { on: "answered", fault: "delay", ms: 500 },
      { on: "completed", fault: "concurrent" },
    ],
  });
  // "completed" waits for nothing: on a busy machine it overtakes whatever is still under way.
  const late = order(await place(4));
  expect(late.filter((event) => event !== "completed")).toEqual(["initiated", "ringing", "answered"]);
  expect(late.indexOf("completed")).toBeLessThan(late.indexOf("answered"));
  expect(late).toHaveLength(4);
});

test("the first webhook may come before the reply to the create request", async () => {
  await using app = await startApp(() => ({ status: 204 }));
  await using emulator = await startTwilioEmulator();
  emulator.faults({ rest: [{ on: "create", fault: "webhook-first" }] });
  const created = await sdkFor(emulator).calls.create({
    ...CALL,
    twiml: HELLO,
    statusCallback: `${app.url}/status`,
    statusCallbackEvent: EVENTS,
  });
  expect(app.received[0]?.form.get("CallSid")).toBe(created.sid);
  expect(created.status).toBe("queued");
});

test("GET webhooks carry their fields in the signed query", async () => {
  await using app = await startApp(() => HELLO);
  await using emulator = await startTwilioEmulator();
  await sdkFor(emulator).calls.create({ ...CALL, url: `${app.url}/voice?x=1`, method: "GET" });
  await emulator.waitFor(() => emulator.calls[0]?.status === "completed");
  expect(app.received[0]?.method).toBe("GET");
  expect(app.received[0]?.path).toContain("/voice?x=1&CallSid=CA");
  expect(emulator.calls[0]?.webhooks[0]?.url).toBe(app.url + app.received[0]?.path);
});
