// What Telnyx's refusals and the network's failures make of an order; keys and numbers never show.
import { expect, test } from "vitest";
import type { DialOrder } from "../../src/daemon/carriers/carrier.ts";
import { createTransport } from "../../src/daemon/carriers/telnyx/transport.ts";
import { apiKey, callId, carrierCallId, telnyx } from "./telnyx-fixture.ts";
import { type Answer, against, failure, hangUpSocket, json, leg, ok, page, refusal } from "./telnyx-server.ts";

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
const placed = json(200, { data: { record_type: "call", call_control_id: carrierCallId, is_alive: false } });

test("a 404 that is not Telnyx's ends no call", async () => {
  await using server = await against(json(404, {}), json(404, {}));
  expect((await failure(server.carrier.hangUp(leg, signal))).hint).toContain("telnyx.baseUrl");
  expect((await failure(server.carrier.lookUp(leg, signal))).code).toBe("CARRIER_REFUSED");
});

test.each<[number, string, string, RegExp]>([
  [422, "10016", "The 'to' number +15550000002 is not in E.164", /country code/],
  [422, "10002", "+1 (555) 000-0002 is invalid, so is 15550000002.", /check the number to call/],
  [403, "10010", `Not allowed for ${apiKey}`, /outbound voice profile/],
  [429, "10011", "Too many", /try again/],
  [422, "90041", "Channel limit", /concurrent calls/],
  [422, "99999", "Something new", /^look up code 99999 at https:\/\/developers\.telnyx\.com/],
])("Telnyx refuses with %d/%s", async (status, code, detail, hint) => {
  await using server = await against(refusal(status, code, detail));
  const error = await failure(server.carrier.dial(order, signal));
  expect(error).toMatchObject({ code: "CARRIER_REFUSED", carrierCode: code });
  expect(error.hint).toMatch(hint);
  const said = detail
    .replace(apiKey, "…")
    .replace(/\+1[ (]*555\)? ?0+-?0*2/g, "…0002")
    .replace("15550000002", "…0002")
    .replace("000-0002", "…0002");
  expect(error.message).toBe(`Telnyx refused the order: ${said.replace("…-0002", "…0002")}`);
});

test("a rejected key is not quoted, whatever part of it Telnyx names", async () => {
  await using server = await against(refusal(401, "10009", "No key found matching the ID canary"), json(401, {}));
  for (let left = 2; left > 0; left -= 1) {
    const error = await failure(server.carrier.dial(order, signal));
    expect(error).toMatchObject({
      code: "CARRIER_REFUSED",
      carrierCode: "10009",
      hint: expect.stringContaining("telnyx.apiKey"),
    });
  }
});

test.each<[string, Answer]>([
  ["the connection broke", hangUpSocket],
  ["Telnyx failed", page],
  ["Telnyx ran out of time", json(408, {})],
  ["the answer is no JSON", (response) => void response.writeHead(200).end('{"data": "canary')],
  ["the answer names no call", json(200, { data: {} })],
])("a dial may have happened when %s", async (_what, answer) => {
  await using server = await against(answer, placed);
  expect((await failure(server.carrier.dial(order, signal))).code).toBe("OUTCOME_UNKNOWN");
  expect(server.received).toHaveLength(1);
});

test("no order is sent twice behind our back", async () => {
  await using server = await against(hangUpSocket, page, json(429, {}), json(409, {}));
  const { carrier, received } = server;
  expect((await failure(carrier.hangUp(leg, signal))).code).toBe("CARRIER_UNREACHABLE");
  expect((await failure(carrier.listen(leg, "t1", signal))).code).toBe("CARRIER_UNREACHABLE");
  expect(await failure(carrier.listen(leg, "t1", signal))).toMatchObject({
    code: "CARRIER_REFUSED",
    carrierCode: "10011",
  });
  expect((await failure(carrier.listen(leg, "t1", signal))).code).toBe("CARRIER_REFUSED");
  expect(received).toHaveLength(4);
});

test("a kept connection that Telnyx has closed is replaced once, under the same command id", async () => {
  await using server = await against(ok, hangUpSocket, ok, ok, hangUpSocket, hangUpSocket);
  const { carrier, received } = server;
  await carrier.listen(leg, "t1", signal);
  await carrier.speak(leg, { utteranceId: "u2", text: "Hi" }, signal);
  expect(received.map(({ body }) => body["command_id"])).toEqual([`${callId}-t1`, `${callId}-u2-0`, `${callId}-u2-0`]);
  await carrier.listen(leg, "t3", signal);
  expect((await failure(carrier.listen(leg, "t4", signal))).code).toBe("CARRIER_UNREACHABLE");
  expect(received).toHaveLength(6);
});

test("a dial never goes over a kept connection, whose end it could not tell from a lost answer", async () => {
  await using server = await against(ok, ok, placed, hangUpSocket);
  const { carrier } = server;
  await carrier.listen(leg, "t1", signal);
  await carrier.listen(leg, "t2", signal);
  expect(server.connections()).toBe(1);
  await carrier.dial(order, signal);
  expect(server.connections()).toBe(2);
  expect((await failure(carrier.dial(order, signal))).code).toBe("OUTCOME_UNKNOWN");
  expect(server.received).toHaveLength(4);
});

test("an order that takes too long is a lost one", async () => {
  await using server = await against(() => undefined);
  using transport = createTransport({ apiKey: "KEY1", address: server.url, timeoutMs: 30 });
  await expect(transport.post("/calls", { body: {} })).rejects.toMatchObject({ failure: { code: "ETIMEDOUT" } });
});

test("a dial that Telnyx cannot have got did not happen", async () => {
  await using server = await against();
  const carrier = telnyx({ config: { baseUrl: server.url } });
  await server[Symbol.asyncDispose]();
  expect(await failure(carrier.dial(order, signal))).toMatchObject({
    code: "CARRIER_UNREACHABLE",
    message: "Telnyx could not be reached (ECONNREFUSED)",
  });
});

test("stops waiting when told to, and orders nothing once told", async () => {
  const controller = new AbortController();
  await using server = await against(() => controller.abort());
  expect((await failure(server.carrier.dial(order, controller.signal))).code).toBe("ABORTED");
  expect((await failure(server.carrier.dial(order, controller.signal))).code).toBe("ABORTED");
  expect(server.received).toHaveLength(1);
});
