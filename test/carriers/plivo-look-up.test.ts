// Asking Plivo about legs, through its SDK's call interface.
import { expect, test } from "vitest";
import { callId, callUuid, requestUuid } from "./plivo-fixture.ts";
import { against, type Answer, failure, hangUpSocket, json, leg, missing, page } from "./plivo-server.ts";

const { signal } = new AbortController();
const current = (call_status: string, fields: object = {}): Answer =>
  json(200, {
    api_id: "a1",
    call_status,
    call_uuid: callUuid,
    request_uuid: requestUuid,
    direction: "outbound",
    from: "15550000001",
    to: "15550000002",
    session_start: "2026-01-06 10:00:00",
    ...fields,
  });
const calls = (...ids: string[]): Answer => json(200, { api_id: "a1", calls: ids });
const record = (call_state: string | undefined, hangup_cause_code: number | string | undefined): Answer =>
  json(200, { api_id: "a1", call_state, hangup_cause_code, call_uuid: callUuid });

test.each<[string, Answer[], object]>([
  ["live", [current("in-progress")], { leg: "live", carrierCallId: callUuid }],
  ["ringing", [current("ringing")], { leg: "ringing", carrierCallId: callUuid }],
  ["queued", [missing, current("queued")], { leg: "ringing", carrierCallId: callUuid }],
  ["over", [missing, missing, record("ANSWER", 4000)], { leg: "ended", outcome: "completed" }],
  ["over: busy", [missing, missing, record("USER_BUSY", 3010)], { leg: "ended", outcome: "busy" }],
  ["over: declined", [missing, missing, record("CALL_REJECTED", "3020")], { leg: "ended", outcome: "busy" }],
  ["over: not answered", [missing, missing, record("NO_ANSWER", 3000)], { leg: "ended", outcome: "no-answer" }],
  ["over: cancelled", [missing, missing, record("CANCEL", 1000)], { leg: "ended", outcome: "canceled" }],
  ["over: no such number", [missing, missing, record("FAILED", 2000)], { leg: "ended", outcome: "failed" }],
  [
    "over: our document was not reached",
    [missing, missing, record("ANSWER", 7011)],
    { leg: "ended", outcome: "failed" },
  ],
  ["over: a state alone", [missing, missing, record("BUSY", undefined)], { leg: "ended", outcome: "busy" }],
  ["over: a code alone", [missing, missing, record(undefined, 5000)], { leg: "ended", outcome: "failed" }],
  ["unknown", [missing, missing, missing, calls()], { leg: "missing" }],
])("looks up a leg that is %s", async (_what, answers, outcome) => {
  await using server = await against(answers);
  expect(await server.carrier.lookUp(leg, signal)).toEqual(outcome);
  const asked = ["?status=live", "?status=queued", "/"].map((end) => `GET Call/${callUuid}${end}`);
  expect(server.received.slice(0, 3).map(({ order }) => order)).toEqual(asked.slice(0, server.received.length));
});

test("finds the live call that a dial request has become", async () => {
  const other = current("in-progress", { request_uuid: "other" });
  await using server = await against([missing, missing, missing, calls("c1", callUuid), other, current("in-progress")]);
  const outcome = await server.carrier.lookUp({ callId, carrierCallId: requestUuid }, signal);
  expect(outcome).toEqual({ leg: "live", carrierCallId: callUuid });
});

test("a state that cannot be read is no state", async () => {
  const answers = [
    current("dreaming"),
    missing,
    missing,
    record(undefined, undefined),
    page,
    hangUpSocket,
    json(200, []),
  ];
  await using server = await against(answers);
  for (let left = 5; left > 0; left -= 1) {
    expect((await failure(server.carrier.lookUp(leg, signal))).code).toBe("CARRIER_UNREACHABLE");
  }
  expect(server.received).toHaveLength(7);
});

const lost = { from: "+15550000001", to: "+15550000002", dialledAt: 0, taken: new Set(["taken", "taken-request"]) };

test.each<[string, Answer[], object]>([
  ["one live", [calls(), calls(callUuid), current("in-progress")], { leg: "live", carrierCallId: callUuid }],
  ["one queued", [calls(callUuid), calls(), missing, current("queued")], { leg: "ringing", carrierCallId: callUuid }],
  [
    "one listed twice",
    [calls(callUuid), calls(callUuid), current("ringing")],
    { leg: "ringing", carrierCallId: callUuid },
  ],
  ["none", [calls(), calls()], { leg: "missing" }],
  ["two", [calls(), calls("c1", "c2"), current("ringing"), current("ringing")], { leg: "missing" }],
  [
    "one of another order",
    [calls(), calls("taken", "c2"), current("ringing", { call_uuid: "c2" })],
    { leg: "ringing", carrierCallId: "c2" },
  ],
  [
    "one of another request",
    [calls(), calls("c1"), current("ringing", { request_uuid: "taken-request" })],
    { leg: "missing" },
  ],
  ["one to somebody else", [calls(), calls("c1"), current("ringing", { to: "15550000003" })], { leg: "missing" }],
  ["one from another number", [calls(), calls("c1"), current("ringing", { from: "15550000003" })], { leg: "missing" }],
  ["one that came in", [calls(), calls("c1"), current("ringing", { direction: "inbound" })], { leg: "missing" }],
  ["one that ended meanwhile", [calls(), calls("c1"), missing, missing], { leg: "missing" }],
  [
    "too many to ask about",
    [calls(...Array.from({ length: 21 }, (_, index) => `c${index}`)), calls()],
    { leg: "missing" },
  ],
])("finds a lost dial: %s", async (_what, answers, outcome) => {
  await using server = await against(answers);
  expect(await server.carrier.findLost(lost, signal)).toEqual(outcome);
  expect(server.received.slice(0, 2).map(({ order }) => order)).toEqual([
    "GET Call/?status=queued",
    "GET Call/?call_direction=outbound&from_number=15550000001&to_number=15550000002&status=live",
  ]);
});

test("a list that cannot be read finds nothing out", async () => {
  await using server = await against([json(200, { api_id: "a1" })]);
  expect((await failure(server.carrier.findLost(lost, signal))).code).toBe("CARRIER_UNREACHABLE");
});
