// The REST side of the Plivo emulator, driven by the official SDK's call interface and by plain requests.
import { expect, test } from "vitest";
import { startPlivoEmulator } from "../../src/emulator/index.ts";
import { plivoCalls, refused, requestPlivo } from "./plivo-sdk.ts";
import { THEM, US } from "./sdk.ts";
import { startApp, twiml } from "./webhook-app.ts";

const WAIT = twiml('<Wait length="600"/>');
const NO_APP = "http://127.0.0.1:9/answer";

test("create, look up as queued and live, list, hang up, read the detail record", async () => {
  await using app = await startApp(() => WAIT);
  await using emulator = await startPlivoEmulator({ callee: { ringMs: 500 } });
  const calls = plivoCalls(emulator);
  const answerUrl = `${app.url}/answer`;
  const created = await calls.create(US, THEM, answerUrl, { ringUrl: `${app.url}/ring` });
  expect(created.message).toBe("call fired");
  const [call] = emulator.calls;
  expect(call?.requestUuid).toBe(created.requestUuid);
  const callUuid = String(call?.callUuid);
  expect(callUuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(callUuid).not.toBe(created.requestUuid);
  expect((await refused(calls.getLiveCall(String(created.requestUuid)))).status).toBe(404);

  await emulator.waitFor(() => call?.status === "in-progress");
  expect(await calls.getLiveCall(callUuid)).toMatchObject({
    callStatus: "in-progress",
    direction: "outbound",
    from: US.slice(1),
    to: THEM.slice(1),
    requestUuid: created.requestUuid,
  });
  expect((await refused(calls.getQueuedCall(callUuid))).status).toBe(404);
  expect((await refused(calls.get(callUuid))).status).toBe(404);
  const live = await calls.listLiveCalls({ callDirection: "outbound", toNumber: THEM.slice(1) });
  expect(live).toMatchObject([{ callUuid }]);
  expect(await calls.listLiveCalls({ callDirection: "inbound" })).toEqual([]);

  expect(await calls.hangup(callUuid)).toBe(true);
  expect([call?.status, call?.hangupCauseCode, call?.hangupSource]).toEqual(["completed", 4000, "API Request"]);
  expect(await calls.get(callUuid)).toMatchObject({
    callState: "ANSWER",
    callDirection: "outbound",
    hangupCauseCode: 4000,
    hangupSource: "API Request",
    toNumber: THEM.slice(1),
  });
  expect((await requestPlivo(emulator, "GET Call/")).body).toMatchObject({
    meta: { total_count: 1 },
    objects: [{ call_uuid: callUuid }],
  });
  const again = await refused(calls.hangup(callUuid));
  expect([again.status, again.body]).toEqual([404, { api_id: expect.any(String), error: "call not found" }]);
});

test("statuses and bodies on the wire; slashes matter; wrong credentials are told in text", async () => {
  await using app = await startApp(() => WAIT);
  await using emulator = await startPlivoEmulator({ callee: { ringMs: 60_000 } });
  const params = { from: US, to: THEM, answer_url: app.url };
  const { response, body } = await requestPlivo(emulator, "POST Call/", params);
  expect([response.status, body]).toEqual([
    201,
    { api_id: expect.any(String), message: "call fired", request_uuid: emulator.calls[0]?.requestUuid },
  ]);
  expect((await refused(requestPlivo(emulator, "POST Call", params))).status).toBe(404);
  expect((await refused(requestPlivo(emulator, "PUT Call/", params))).status).toBe(405);
  const wrong = await refused(plivoCalls(emulator, "not-the-token").create(US, THEM, app.url));
  expect([wrong.status, wrong.body]).toEqual([401, expect.stringMatching(/^Could not verify your access level/)]);
  expect(emulator.calls).toHaveLength(1);
});

test.each([
  ["no destination", { from: US, answer_url: NO_APP }, "to parameter not present"],
  ["no such number", { from: US, to: "0800", answer_url: NO_APP }, "to parameter is not a valid phone number"],
  [
    "several at once",
    { from: US, to: `${THEM}<${US}`, answer_url: NO_APP },
    "to parameter is not a valid phone number",
  ],
  ["no caller id", { from: "me", to: THEM, answer_url: NO_APP }, "from parameter is not a valid phone number"],
  ["no answer URL", { from: US, to: THEM }, "answer_url parameter not present"],
  ["a relative URL", { from: US, to: THEM, answer_url: "/answer" }, "answer_url parameter is not a valid URL"],
  [
    "too long a ring",
    { from: US, to: THEM, answer_url: NO_APP, ring_timeout: 601 },
    "ring_timeout parameter not valid",
  ],
])("create is refused: %s", async (_name, params, error) => {
  await using emulator = await startPlivoEmulator();
  const refusal = await refused(requestPlivo(emulator, "POST Call/", params));
  expect([refusal.status, refusal.body]).toEqual([400, { api_id: expect.any(String), error }]);
  expect(emulator.calls).toEqual([]);
});

test("a ringing call is canceled by its request; transfer and keys need an answered call", async () => {
  await using app = await startApp(() => ({ status: 200 }));
  await using emulator = await startPlivoEmulator({ callee: { ringMs: 60_000 } });
  const calls = plivoCalls(emulator);
  const created = await calls.create(US, THEM, app.url, { hangupUrl: `${app.url}/hangup` });
  await emulator.waitFor(() => emulator.calls[0]?.status === "ringing");
  const callUuid = String(emulator.calls[0]?.callUuid);
  const transfer = { legs: "aleg", aleg_url: app.url };
  expect((await refused(requestPlivo(emulator, `POST Call/${callUuid}/`, transfer))).status).toBe(404);
  expect((await refused(requestPlivo(emulator, `POST Call/${callUuid}/DTMF/`, { digits: "1" }))).status).toBe(404);
  expect((await refused(requestPlivo(emulator, `POST Call/${callUuid}/`, {}))).body).toMatchObject({
    error: "aleg_url parameter not present",
  });
  expect((await requestPlivo(emulator, `DELETE Request/${String(created.requestUuid)}/`)).response.status).toBe(204);
  await emulator.waitFor(() => emulator.calls[0]?.webhooks.length === 1);
  expect(app.received[0]?.form.get("HangupCauseName")).toBe("Cancelled");
  expect(app.received[0]?.form.get("HangupSource")).toBe("API Request");
  expect((await refused(calls.cancel(String(created.requestUuid)))).status).toBe(404);
});

test("the detail record comes late; one id for both when asked", async () => {
  await using emulator = await startPlivoEmulator({
    detailDelayMs: 60_000,
    sameIds: true,
    callee: { outcome: "fail" },
  });
  const calls = plivoCalls(emulator);
  const { requestUuid } = await calls.create(US, THEM, NO_APP);
  await emulator.waitFor(() => emulator.calls[0]?.status === "failed");
  expect(emulator.calls[0]?.callUuid).toBe(requestUuid);
  expect((await refused(calls.getLiveCall(String(requestUuid)))).status).toBe(404);
  expect((await refused(calls.get(String(requestUuid)))).status).toBe(404);
});

test("faults: refusals, gateway pages, reset, lost reply, and the first webhook before the reply", async () => {
  await using app = await startApp(() => WAIT);
  await using emulator = await startPlivoEmulator();
  const calls = plivoCalls(emulator);
  const place = () => calls.create(US, THEM, app.url, { ringUrl: `${app.url}/ring` });
  emulator.faults({ rest: [{ on: "create", times: 1, fault: "refuse", status: 429, retryAfterSeconds: 2 }] });
  const limited = await refused(place());
  expect([limited.status, limited.body]).toEqual([429, { api_id: expect.any(String), error: "rate limit exceeded" }]);
  emulator.faults({ rest: [{ times: 1, fault: "refuse", status: 403, error: "geo permission denied" }] });
  expect((await refused(place())).body).toMatchObject({ error: "geo permission denied" });
  emulator.faults({ rest: [{ times: 1, fault: "html", status: 502 }] });
  expect((await refused(place())).body).toContain("<html>");
  emulator.faults({
    rest: [
      { on: "hang-up", fault: "reset" },
      { on: "create", times: 1, fault: "reset" },
    ],
  });
  await expect(place()).rejects.toThrow("fetch failed");
  expect(emulator.calls).toEqual([]);

  emulator.faults({ rest: [{ times: 1, fault: "drop-reply" }] });
  await expect(place()).rejects.toThrow("fetch failed");
  expect(emulator.calls).toHaveLength(1);
  emulator.faults({ rest: [{ on: "create", fault: "webhook-first" }] });
  const received = app.received.length;
  const { requestUuid } = await place();
  expect(app.received.slice(received).map(({ form }) => form.get("RequestUUID"))).toContain(requestUuid);
});

test("the same seed gives the same ids", async () => {
  const uuids = await Promise.all(
    ["one", "one", "two"].map(async (seed) => {
      await using emulator = await startPlivoEmulator({ seed });
      return (await plivoCalls(emulator).create(US, THEM, NO_APP)).requestUuid;
    }),
  );
  expect(uuids[0]).toBe(uuids[1]);
  expect(uuids[0]).not.toBe(uuids[2]);
});
