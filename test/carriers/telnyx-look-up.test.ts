// Asking Telnyx about legs, through its SDK's call resource.
import { expect, test } from "vitest";
import { callId, carrierCallId, clientState } from "./telnyx-fixture.ts";
import { type Answer, against, failure, hangUpSocket, json, leg, page, refusal } from "./telnyx-server.ts";

const { signal } = new AbortController();
const status = (data: object): Answer =>
  json(200, { data: { record_type: "call", call_control_id: carrierCallId, ...data } });
const spoken = clientState({ callId, utterance: { utteranceId: "u1", first: true, last: true } });

test.each<[string, object, object]>([
  ["alive, and spoken to", { is_alive: true, client_state: spoken }, { leg: "live" }],
  ["alive, not known to be answered", { is_alive: true, client_state: clientState({ callId }) }, { leg: "ringing" }],
  ["being dialled", { is_alive: false }, { leg: "ringing" }],
  ["over", { is_alive: false, end_time: "2026-01-06T10:01:00Z" }, { leg: "ended", outcome: "completed" }],
])("looks up a leg that is %s", async (_what, data, outcome) => {
  await using server = await against(status(data));
  expect(await server.carrier.lookUp(leg, signal)).toEqual(outcome);
  expect(server.received).toMatchObject([{ method: "GET", body: {} }]);
  expect(decodeURIComponent(server.received[0]?.path ?? "")).toBe(`/v2/calls/${carrierCallId}`);
});

test("looks up a leg that Telnyx does not know, and one whose state cannot be read", async () => {
  await using server = await against(refusal(404, "10005", "not found"), status({}), page, hangUpSocket);
  expect(await server.carrier.lookUp(leg, signal)).toEqual({ leg: "missing" });
  for (let left = 3; left > 0; left -= 1)
    expect((await failure(server.carrier.lookUp(leg, signal))).code).toBe("CARRIER_UNREACHABLE");
});

test("a lost dial is not searched for: its webhooks bring our id", async () => {
  await using server = await against();
  const lost = { from: "+15550000001", to: "+15550000002", dialledAt: 0, taken: new Set<string>() };
  expect(await server.carrier.findLost(lost, signal)).toEqual({ leg: "missing" });
  expect(server.received).toEqual([]);
});
