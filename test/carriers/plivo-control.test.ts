// Orders to Plivo through its SDK's call interface, against a small server that answers as Plivo does.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { DialOrder } from "../../src/daemon/carriers/carrier.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { authId, authToken, callId, callUuid, plivo, publicUrl, requestUuid } from "./plivo-fixture.ts";
import {
  against,
  type Answer,
  failure,
  gone,
  hangUpSocket,
  json,
  leg,
  missing,
  page,
  refusal,
  transferred,
  unauthorized,
} from "./plivo-server.ts";

const order: DialOrder = {
  callId,
  from: "+15550000001",
  to: "+15550000002",
  mode: "conversation",
  ringTimeoutMs: 30_000,
  maxDurationMs: 300_500,
  detectMachine: false,
};
const { signal } = new AbortController();
const fired = json(201, { api_id: "a1", message: "call fired", request_uuid: requestUuid });
const live = (fields: object = {}): Answer =>
  json(200, { api_id: "a1", call_status: "in-progress", call_uuid: callUuid, request_uuid: requestUuid, ...fields });
const noCalls = json(200, { api_id: "a1", calls: [] });
const oneCall = json(200, { api_id: "a1", calls: [callUuid] });

test("dials with our URLs, bare numbers and the carrier's own limits", async () => {
  await using server = await against([fired]);
  const { carrier, received } = server;
  expect(await carrier.dial({ ...order, dtmfSequence: "1wW2#" }, signal)).toEqual({ carrierCallId: requestUuid });
  const [request] = received;
  expect(request?.order).toBe("POST Call/");
  expect(request?.authorization).toBe(`Basic ${Buffer.from(`${authId}:${authToken}`).toString("base64")}`);
  const url = (kind: string): unknown =>
    expect.stringMatching(
      new RegExp(`^${publicUrl}\\?callId=${callId}&kind=${kind}&step=[0-9a-z-]+#rc=5&rp=ct,rt,5xx$`),
    );
  expect(request?.body).toEqual({
    from: "15550000001",
    to: "15550000002",
    answer_url: url("answer"),
    answer_method: "POST",
    ring_url: url("status"),
    ring_method: "POST",
    hangup_url: url("status"),
    hangup_method: "POST",
    ring_timeout: 30,
    time_limit: 301,
    send_digits: "1wW2#",
  });
});

test("sends a live call to fetch what comes next, each time at a new URL that holds no words", async () => {
  await using server = await against([transferred, transferred, transferred]);
  const { carrier, received } = server;
  await carrier.speak(leg, { utteranceId: "u3", text: "canary", turn: "t4" }, signal);
  await carrier.speak(leg, { utteranceId: "u5", text: "Bye" }, signal);
  await carrier.listen(leg, "t6", signal);
  expect(received.map((request) => request.order)).toEqual(received.map(() => `POST Call/${callUuid}/`));
  expect(received[0]?.body).toEqual({
    legs: "aleg",
    aleg_url: expect.stringMatching(/\?callId=.*&kind=words&utterance=u3&step=[0-9a-z-]+#rc=5/),
    aleg_method: "POST",
  });
  expect(new Set(received.map(({ body }) => body["aleg_url"])).size).toBe(3);
  expect(JSON.stringify(received)).not.toContain("canary");
});

test("presses keys into whatever the line is doing", async () => {
  await using server = await against([json(202, { api_id: "a1", message: "digits sent" })]);
  await server.carrier.sendDigits(leg, { digits: "12#w", turn: "t7" }, signal);
  expect(server.received[0]).toMatchObject({
    order: `POST Call/${callUuid}/DTMF/`,
    body: { digits: "12#w", leg: "aleg" },
  });
});

test("words and keys for a call that is not live are refused as such", async () => {
  await using server = await against([missing, missing, missing]);
  const { carrier } = server;
  expect((await failure(carrier.speak(leg, { utteranceId: "u1", text: "x" }, signal))).code).toBe("CALL_NOT_LIVE");
  expect((await failure(carrier.listen(leg, "t1", signal))).code).toBe("CALL_NOT_LIVE");
  expect((await failure(carrier.sendDigits(leg, { digits: "1" }, signal))).code).toBe("CALL_NOT_LIVE");
});

test.each<[string, Answer[], string, string[]]>([
  ["that is live", [gone], "accepted", ["DELETE Call/X/"]],
  ["that is known by its request only", [missing, gone], "accepted", ["DELETE Call/X/", "DELETE Request/X/"]],
  [
    "whose request has become a live call of another name",
    [missing, missing, oneCall, live({ request_uuid: "X" }), gone],
    "accepted",
    [
      "DELETE Call/X/",
      "DELETE Request/X/",
      "GET Call/?call_direction=outbound&status=live",
      `GET Call/${callUuid}?status=live`,
      `DELETE Call/${callUuid}/`,
    ],
  ],
  [
    "that is over, while another is live",
    [missing, missing, oneCall, live()],
    "already-over",
    [
      "DELETE Call/X/",
      "DELETE Request/X/",
      "GET Call/?call_direction=outbound&status=live",
      `GET Call/${callUuid}?status=live`,
    ],
  ],
  [
    "that is over",
    [missing, missing, noCalls],
    "already-over",
    ["DELETE Call/X/", "DELETE Request/X/", "GET Call/?call_direction=outbound&status=live"],
  ],
])("hangs up a call %s", async (_what, answers, outcome, orders) => {
  await using server = await against(answers);
  const { carrier, received } = server;
  expect(await carrier.hangUp({ callId, carrierCallId: "X" }, signal)).toBe(outcome);
  expect(received.map((request) => request.order)).toEqual(orders);
});

test("an id never leaves its place in the path", async () => {
  await using server = await against([gone]);
  await server.carrier.hangUp({ callId, carrierCallId: "../Number/1?x=" }, signal);
  expect(server.received[0]?.order).toBe("DELETE Call/..%2FNumber%2F1%3Fx%3D/");
});

test("a 404 that is not Plivo's ends no call", async () => {
  const strange: Answer = (response) => void response.writeHead(404).end("<h1>canary</h1>");
  await using server = await against([strange, strange]);
  const { carrier } = server;
  const error = await failure(carrier.hangUp(leg, signal));
  expect(error).toMatchObject({ code: "CARRIER_REFUSED", carrierCode: "404" });
  expect(error.hint).toMatch(/plivo\.baseUrl/);
  expect((await failure(carrier.lookUp(leg, signal))).code).toBe("CARRIER_REFUSED");
});

test.each<[number, Answer, string, RegExp]>([
  [400, refusal(400, "to parameter 15550000002 is not valid"), "to parameter …0002 is not valid", /fromNumber/],
  [401, unauthorized, "HTTP 401", /authToken/],
  [402, refusal(402, "insufficient credit"), "insufficient credit", /credit/],
  [403, refusal(403, "concurrent calls limit reached"), "concurrent calls limit reached", /Geo permissions/],
  [429, json(429, {}), "HTTP 429", /try again/],
])("Plivo refuses with %d, once and plainly", async (status, answer, said, hint) => {
  await using server = await against([answer, fired]);
  const error = await failure(server.carrier.dial(order, signal));
  expect(error).toMatchObject({
    code: "CARRIER_REFUSED",
    carrierCode: String(status),
    message: `Plivo refused the order: ${said}`,
  });
  expect(error.hint).toMatch(hint);
  expect(server.received).toHaveLength(1);
});

test.each<[string, Answer]>([
  ["the connection broke", hangUpSocket],
  ["Plivo failed", page],
  ["Plivo was too busy", json(503, { error: "service unavailable" })],
  ["the answer is no JSON", (response) => void response.writeHead(201).end('{"request_uuid": "canary')],
  ["the answer names no call", json(201, { message: "call fired" })],
  ["the answer never ends", (response) => void response.writeHead(201).end("x".repeat(1_100_000))],
])("a dial may have happened when %s, and is not sent again", async (_what, answer) => {
  await using server = await against([answer, fired, fired]);
  expect((await failure(server.carrier.dial(order, signal))).code).toBe("OUTCOME_UNKNOWN");
  expect(server.received).toHaveLength(1);
});

test("an order other than a dial that got no answer may be repeated", async () => {
  await using server = await against([hangUpSocket, page]);
  expect((await failure(server.carrier.hangUp(leg, signal))).code).toBe("CARRIER_UNREACHABLE");
  expect((await failure(server.carrier.listen(leg, "t1", signal))).code).toBe("CARRIER_UNREACHABLE");
});

test("a dial that Plivo cannot have got did not happen", async () => {
  await using server = await against([]);
  await server[Symbol.asyncDispose]();
  const error = await failure(server.carrier.dial(order, signal));
  expect(error).toMatchObject({ code: "CARRIER_UNREACHABLE", message: "Plivo could not be reached (ECONNREFUSED)" });
});

test("waits ten seconds for an answer and no longer", async () => {
  const clock = createManualClock();
  const asked = Promise.withResolvers<void>();
  await using server = await against([() => asked.resolve()], clock);
  const failed = failure(server.carrier.dial(order, signal));
  await asked.promise;
  await clock.advance(10_000);
  expect(await failed).toMatchObject({ code: "OUTCOME_UNKNOWN", message: expect.stringContaining("ETIMEDOUT") });
  expect(clock.waiting).toBe(0);
});

test("stops waiting when told to, and orders nothing once told", async () => {
  const controller = new AbortController();
  await using server = await against([() => controller.abort()]);
  expect((await failure(server.carrier.dial(order, controller.signal))).code).toBe("ABORTED");
  expect((await failure(server.carrier.dial(order, controller.signal))).code).toBe("ABORTED");
  expect(server.received).toHaveLength(1);
});

test("answers and rejections are the webhook's reply, no order", async () => {
  await plivo().answer(leg, signal);
  await plivo().reject(leg, true, signal);
  await plivo()[Symbol.asyncDispose]();
  expect(plivo().name).toBe("plivo");
});

test("the SDK is loaded by the first order and not before, and without its HTTP client", () => {
  const source = new URL("../../src/daemon/carriers/plivo/index.ts", import.meta.url).href;
  const script = `
    const { createPlivoCarrier } = await import(${JSON.stringify(source)});
    const { createRequire } = await import("node:module");
    const loaded = (name) => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes(name));
    const clock = { now: () => 1, after: () => () => undefined };
    const ports = { clock, log: {}, publicUrl: () => "https://voice.example.test/voice" };
    const config = { authId: "MA1", authToken: "x", baseUrl: "http://127.0.0.1:1" };
    const carrier = createPlivoCarrier({ config, ports, silenceTimeoutMs: 800, skipSignatureVerification: true });
    const before = loaded("/plivo/dist/");
    await carrier.hangUp({ callId: "c", carrierCallId: "1" }, new AbortController().signal).catch(() => undefined);
    console.log(JSON.stringify([before, loaded("/plivo/dist/resources/call.js"), loaded("/axios/")]));`;
  const told = execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(JSON.parse(told)).toEqual([false, true, false]);
});
