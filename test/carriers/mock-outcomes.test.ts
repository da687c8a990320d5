// What becomes of a call on the mock, from the dial to the end.
import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { callId, mock, order, signal, spoken } from "./mock-fixture.ts";

test("rings, is answered, and takes orders", async () => {
  const { carrier, clock, delivered, dial } = mock({ ringMs: 1000 });
  const leg = await dial();
  expect(leg.carrierCallId).toMatch(/^mock-/);
  expect(delivered).toEqual([]);
  await clock.advance(0);
  expect(delivered).toEqual([{ ...leg, facts: [{ type: "ringing" }] }]);
  expect(await carrier.lookUp(leg, signal)).toEqual({ leg: "ringing" });
  await clock.advance(999);
  expect(delivered).toHaveLength(1);
  await clock.advance(1);
  expect(delivered[1]).toEqual({ ...leg, facts: [{ type: "answered" }, { type: "ready" }] });
  expect(await carrier.lookUp(leg, signal)).toEqual({ leg: "live" });
});

test.for(["busy", "failed"] as const)("outcome %s comes after the ringing and ends the leg", async (outcome) => {
  const { carrier, clock, factsOf, dial } = mock({ outcome, ringMs: 1000 });
  const leg = await dial();
  await clock.advance(1000);
  expect(factsOf(leg.carrierCallId)).toEqual([{ type: "ringing" }, expect.objectContaining({ type: "over", outcome })]);
  expect(await carrier.lookUp(leg, signal)).toEqual({ leg: "ended", outcome });
  expect(clock.waiting).toBe(0);
});

test("a failed call says why, with a code and a way out", async () => {
  const { clock, factsOf, dial } = mock({ outcome: "failed", ringMs: 0 });
  const { carrierCallId } = await dial();
  await clock.advance(0);
  expect(factsOf(carrierCallId).at(-1)).toEqual({
    type: "over",
    outcome: "failed",
    carrierCode: "mock-failed",
    message: "the mock callee could not be reached",
    hint: expect.stringContaining("`mock.outcome`"),
  });
});

test.for([
  ["nobody is there", { outcome: "no-answer", ringMs: 10 }],
  ["the callee is slower than that", { outcome: "answer", ringMs: 60_000 }],
] as const)("rings out after the ring timeout when %s", async ([, config]) => {
  const { clock, factsOf, dial } = mock(config);
  const { carrierCallId } = await dial({ ringTimeoutMs: 20_000 });
  await clock.advance(19_999);
  expect(factsOf(carrierCallId)).toEqual([{ type: "ringing" }]);
  await clock.advance(1);
  expect(factsOf(carrierCallId).at(-1)).toEqual({ type: "over", outcome: "no-answer" });
  expect(clock.waiting).toBe(0);
});

test("outcome hangup answers and hangs up in the middle of the first words", async () => {
  const { carrier, clock, factsOf, answered } = mock({ outcome: "hangup" });
  const leg = await answered();
  const text = "A message long enough to be interrupted";
  await clock.advance(5000);
  await carrier.speak(leg, { utteranceId: "u1", text }, signal);
  await clock.advance(spoken(text) / 2 - 1);
  expect(factsOf(leg.carrierCallId).at(-1)).toEqual({ type: "started", utteranceId: "u1" });
  await clock.advance(1);
  expect(factsOf(leg.carrierCallId).slice(-2)).toEqual([
    { type: "started", utteranceId: "u1" },
    { type: "over", outcome: "completed" },
  ]);
  expect(carrier.line.heard(leg.carrierCallId).texts).toEqual(["A message long"]);
  expect(clock.waiting).toBe(0);
});

test("the carrier's own time limit ends a call that nobody ends, a second after ours would", async () => {
  const { carrier, clock, factsOf, answered } = mock();
  const leg = await answered({ maxDurationMs: 60_000 });
  await clock.advance(60_999);
  expect(await carrier.lookUp(leg, signal)).toEqual({ leg: "live" });
  await clock.advance(1);
  expect(factsOf(leg.carrierCallId).at(-1)).toEqual({ type: "over", outcome: "completed" });
});

test("the digits of the dial are heard before the line takes orders", async () => {
  const { carrier, clock, factsOf, answered } = mock();
  const leg = await answered({ dtmfSequence: "1wW2" });
  const { carrierCallId } = leg;
  await expect(carrier.speak(leg, { utteranceId: "u1", text: "Hi" }, signal)).rejects.toMatchObject({
    code: "CARRIER_REFUSED",
  });
  expect(factsOf(carrierCallId).at(-1)).toEqual({ type: "answered" });
  await clock.advance(1999);
  expect(carrier.line.heard(carrierCallId).digits).toEqual([]);
  await clock.advance(1);
  expect(carrier.line.heard(carrierCallId).digits).toEqual(["1wW2"]);
  expect(factsOf(carrierCallId).at(-1)).toEqual({ type: "ready" });
});

test("our hang-up cancels a ringing call, completes a live one, and finds one that is over", async () => {
  const { carrier, clock, factsOf, dial, answered } = mock();
  const ringing = await dial();
  await clock.advance(10);
  expect(await carrier.hangUp(ringing, signal)).toBe("accepted");
  expect(factsOf(ringing.carrierCallId).at(-1)).toEqual({ type: "over", outcome: "canceled" });
  const live = await answered();
  await carrier.speak(live, { utteranceId: "u1", text: "Hello" }, signal);
  expect(await carrier.hangUp(live, signal)).toBe("accepted");
  expect(factsOf(live.carrierCallId).at(-1)).toEqual({ type: "over", outcome: "completed" });
  expect(await carrier.hangUp(live, signal)).toBe("already-over");
  expect(await carrier.hangUp({ callId, carrierCallId: "mock-unknown" }, signal)).toBe("already-over");
  expect(clock.waiting).toBe(0);
});

test("orders that do not fit the leg are refused by name", async () => {
  const { carrier, dial, answered } = mock();
  const refused = expect.objectContaining({ code: "CARRIER_REFUSED", callId });
  const ringing = await dial();
  await expect(carrier.speak(ringing, { utteranceId: "u1", text: "Hi" }, signal)).rejects.toEqual(refused);
  await expect(carrier.answer(ringing, signal)).rejects.toEqual(refused);
  await expect(carrier.reject(ringing, false, signal)).rejects.toEqual(refused);
  const live = await answered();
  await expect(carrier.answer(live, signal)).rejects.toEqual(refused);
  await carrier.hangUp(live, signal);
  await expect(carrier.listen(live, "t1", signal)).rejects.toEqual(refused);
  await expect(carrier.sendDigits({ callId, carrierCallId: "x" }, { digits: "1" }, signal)).rejects.toEqual(refused);
});

test("a withdrawn order does nothing", async () => {
  const { carrier, clock, delivered, answered } = mock();
  const leg = await answered();
  const before = delivered.length;
  const gone = AbortSignal.abort();
  const orders = [
    carrier.dial(order, gone),
    carrier.answer(leg, gone),
    carrier.reject(leg, true, gone),
    carrier.speak(leg, { utteranceId: "u1", text: "Hi" }, gone),
    carrier.listen(leg, "t1", gone),
    carrier.sendDigits(leg, { digits: "1" }, gone),
    carrier.hangUp(leg, gone),
    carrier.lookUp(leg, gone),
    carrier.findLost({ from: order.from, to: order.to, dialledAt: 0, taken: new Set() }, gone),
  ];
  for (const outcome of await Promise.allSettled(orders)) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ABORTED" } });
  }
  await clock.advance(2000);
  expect(delivered).toHaveLength(before);
  expect(await carrier.lookUp(leg, signal)).toEqual({ leg: "live" });
});

test("knows what it can do, and how long it speaks", () => {
  const { carrier } = mock({ pace: 0.5 });
  expect(carrier).toMatchObject({
    name: "mock",
    capabilities: { webhooks: false, lookUp: true, sendDigits: true, streams: true, maxTextLength: 8000 },
  });
  expect(carrier.traits({ mode: "notify", message: "Hi", streams: false })).toEqual({
    gathers: false,
    answersByReply: false,
    inlineOpening: false,
    streams: false,
    msPerCharacter: 30,
  });
});

test("remembers only the last hundred finished legs", async () => {
  const { carrier, clock, dial } = mock({ outcome: "busy", ringMs: 0 });
  const legs = [];
  for (let count = 0; count < 101; count++) {
    legs.push(await dial());
    await clock.advance(0);
  }
  const [oldest, next] = await Promise.all(legs.map((leg) => carrier.lookUp(leg, signal)));
  expect([oldest, next]).toEqual([{ leg: "missing" }, { leg: "ended", outcome: "busy" }]);
});

test("once disposed it waits for nothing, knows nothing and dials nothing", async () => {
  const { carrier, clock, delivered, dial, answered } = mock();
  const live = await answered();
  await carrier.speak(live, { utteranceId: "u1", text: "Hi" }, signal);
  await dial();
  expect(clock.waiting).toBeGreaterThan(0);
  const before = delivered.length;
  await carrier[Symbol.asyncDispose]();
  expect(clock.waiting).toBe(0);
  expect(await carrier.lookUp(live, signal)).toEqual({ leg: "missing" });
  await expect(dial()).rejects.toMatchObject({ code: "CARRIER_UNREACHABLE" });
  expect(delivered).toHaveLength(before);
});

test("facts that cannot be delivered are logged without their content, and the line goes on", async () => {
  const failure = new CallError("STORE_FAILED", "secret detail");
  const { carrier, clock, logged, answered } = mock({ deliver: () => Promise.reject(failure) });
  const leg = await answered();
  await carrier.speak(leg, { utteranceId: "u1", text: "Hello" }, signal);
  await clock.advance(spoken("Hello"));
  expect(carrier.line.heard(leg.carrierCallId).texts).toEqual(["Hello"]);
  expect(logged).toHaveLength(4);
  expect(logged.join("")).not.toContain("secret");
});
