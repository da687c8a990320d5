// Asking Twilio about legs, over the real SDK.
import { expect, test } from "vitest";
import { against, call, failure, hangUpSocket, json, leg, page, refusal } from "./twilio-server.ts";

const { signal } = new AbortController();

test.each<[string, object]>([
  ["queued", { leg: "ringing" }],
  ["ringing", { leg: "ringing" }],
  ["in-progress", { leg: "live" }],
  ["completed", { leg: "ended", outcome: "completed" }],
  ["busy", { leg: "ended", outcome: "busy" }],
  ["no-answer", { leg: "ended", outcome: "no-answer" }],
  ["failed", { leg: "ended", outcome: "failed" }],
  ["canceled", { leg: "ended", outcome: "canceled" }],
])("looks up a leg that is %s", async (status, outcome) => {
  await using server = await against(call(status));
  const { carrier } = server;
  expect(await carrier.lookUp(leg, signal)).toEqual(outcome);
});

test("looks up a leg that Twilio does not know, and one whose state cannot be read", async () => {
  await using server = await against(refusal(404, 20404, "not found"), call("dreaming"), page, hangUpSocket);
  const { carrier } = server;
  expect(await carrier.lookUp(leg, signal)).toEqual({ leg: "missing" });
  for (let left = 3; left > 0; left -= 1)
    expect((await failure(carrier.lookUp(leg, signal))).code).toBe("CARRIER_UNREACHABLE");
});

const dialledAt = Date.parse("2026-01-06T10:00:00Z");
const lost = { from: "+15550000001", to: "+15550000002", dialledAt, taken: new Set(["CAtaken"]) };
const fresh = {
  sid: "CAlost",
  status: "ringing",
  direction: "outbound-api",
  date_created: "Tue, 06 Jan 2026 10:00:01 +0000",
};

test.each<[string, object[], object]>([
  ["one call", [fresh], { leg: "ringing", carrierCallId: "CAlost" }],
  ["one that has ended", [{ ...fresh, status: "busy" }], { leg: "ended", outcome: "busy", carrierCallId: "CAlost" }],
  [
    "a queued one without dates",
    [{ ...fresh, status: "queued", date_created: null }],
    { leg: "ringing", carrierCallId: "CAlost" },
  ],
  ["none", [], { leg: "missing" }],
  ["two", [fresh, { ...fresh, sid: "CAother" }], { leg: "missing" }],
  ["one of another order", [fresh, { ...fresh, sid: "CAtaken" }], { leg: "ringing", carrierCallId: "CAlost" }],
  ["an inbound one", [{ ...fresh, direction: "inbound" }], { leg: "missing" }],
  ["an older one", [{ ...fresh, date_created: "Tue, 06 Jan 2026 09:58:00 +0000" }], { leg: "missing" }],
])("finds a lost dial: %s", async (_what, calls, outcome) => {
  await using server = await against(json(200, { calls, page: 0, page_size: 50, next_page_uri: null }));
  const { carrier, received } = server;
  expect(await carrier.findLost(lost, signal)).toEqual(outcome);
  const query = new URL(received[0]?.path ?? "", "http://localhost").searchParams;
  expect([query.get("To"), query.get("From")]).toEqual([lost.to, lost.from]);
});
