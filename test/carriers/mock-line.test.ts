// A person at the other end of the mock's line.
import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { callId, mock, signal, spoken } from "./mock-fixture.ts";

const parties = { from: "+15555550111", to: "+15555550100" };

test("a person calls, is answered, speaks, presses and hangs up", async () => {
  const { carrier, delivered } = mock();
  const carrierCallId = await carrier.line.inbound(parties);
  expect(delivered).toEqual([{ carrierCallId, facts: [{ type: "incoming", ...parties }] }]);
  const leg = { callId, carrierCallId };
  expect(await carrier.lookUp(leg, signal)).toEqual({ leg: "ringing" });
  await carrier.answer(leg, signal);
  await carrier.line.say(carrierCallId, "It is me");
  await carrier.line.press(carrierCallId, "5#");
  await carrier.line.hangUp(carrierCallId);
  expect(delivered.slice(1)).toEqual([
    { ...leg, facts: [{ type: "answered" }, { type: "ready" }] },
    { ...leg, facts: [{ type: "spoke", text: "It is me" }] },
    { ...leg, facts: [{ type: "pressed", digits: "5#" }] },
    { ...leg, facts: [{ type: "over", outcome: "completed" }] },
  ]);
});

test.for([
  [true, "busy"],
  [false, "failed"],
] as const)("a caller rejected with busy %s hears %s", async ([busy, outcome]) => {
  const { carrier, factsOf } = mock();
  const carrierCallId = await carrier.line.inbound(parties);
  await carrier.reject({ callId, carrierCallId }, busy, signal);
  expect(factsOf(carrierCallId).at(-1)).toEqual({ type: "over", outcome });
});

test("a call that could not be recorded is no call, and its caller is told why", async () => {
  const failure = new CallError("CONFIG_INVALID", "wrong");
  const { carrier, clock } = mock({ deliver: () => Promise.reject(failure) });
  await expect(carrier.line.inbound(parties)).rejects.toBe(failure);
  expect(await carrier.lookUp({ callId, carrierCallId: "mock-1" }, signal)).toEqual({ leg: "missing" });
  expect(clock.waiting).toBe(0);
});

test("a person's words cut ours", async () => {
  const { carrier, clock, delivered, answered } = mock();
  const leg = await answered();
  await carrier.speak(leg, { utteranceId: "u1", text: "One two three four five" }, signal);
  await clock.advance(500 + 60 * 9);
  await carrier.line.say(leg.carrierCallId, "Wait");
  const facts = [
    { type: "cut", utteranceId: "u1", heard: "One two" },
    { type: "spoke", text: "Wait" },
  ];
  expect(delivered.at(-1)).toEqual({ ...leg, facts });
  const before = delivered.length;
  await clock.advance(60_000);
  expect(delivered).toHaveLength(before);
});

test("pressed keys do not cut us", async () => {
  const { carrier, clock, factsOf, answered } = mock();
  const leg = await answered();
  await carrier.speak(leg, { utteranceId: "u1", text: "Hello" }, signal);
  await carrier.line.press(leg.carrierCallId, "1");
  await clock.advance(spoken("Hello"));
  expect(factsOf(leg.carrierCallId).slice(-2)).toEqual([
    { type: "pressed", digits: "1" },
    { type: "played", utteranceId: "u1" },
  ]);
});

test.for(["say", "press"] as const)("after a person's %s the callee answers no more by itself", async (act) => {
  const { carrier, clock, factsOf, answered } = mock();
  const leg = await answered();
  await carrier.speak(leg, { utteranceId: "u1", text: "Hello" }, signal);
  await clock.advance(spoken("Hello"));
  await carrier.listen(leg, "t1", signal);
  await carrier.line[act](leg.carrierCallId, "1");
  const before = factsOf(leg.carrierCallId).length;
  await carrier.listen(leg, "t2", signal);
  await clock.advance(60_000);
  await carrier.speak(leg, { utteranceId: "u2", text: "Still there?" }, signal);
  await clock.advance(spoken("Still there?"));
  await carrier.listen(leg, "t3", signal);
  await clock.advance(60_000);
  expect(factsOf(leg.carrierCallId).slice(before)).toEqual([
    { type: "started", utteranceId: "u2" },
    { type: "played", utteranceId: "u2" },
  ]);
});

test("a caller gets no automatic replies, and a person at the phone does not hang up as configured", async () => {
  const { carrier, clock, factsOf } = mock({ outcome: "hangup" });
  const carrierCallId = await carrier.line.inbound(parties);
  const leg = { callId, carrierCallId };
  await carrier.answer(leg, signal);
  await carrier.speak(leg, { utteranceId: "u1", text: "Hello" }, signal);
  await clock.advance(spoken("Hello"));
  await carrier.listen(leg, "t1", signal);
  await clock.advance(60_000);
  expect(factsOf(carrierCallId).at(-1)).toEqual({ type: "played", utteranceId: "u1" });
});

test("a person declines our ringing call as busy, and gives up the own one", async () => {
  const { carrier, clock, factsOf, dial } = mock();
  const { carrierCallId } = await dial();
  await clock.advance(10);
  await carrier.line.hangUp(carrierCallId);
  expect(factsOf(carrierCallId).at(-1)).toEqual({ type: "over", outcome: "busy" });
  const own = await carrier.line.inbound(parties);
  await carrier.line.hangUp(own);
  expect(factsOf(own).at(-1)).toEqual({ type: "over", outcome: "canceled" });
  expect(clock.waiting).toBe(0);
});

test("what makes no sense is refused by name", async () => {
  const { carrier, dial } = mock();
  const { line } = carrier;
  const { carrierCallId } = await dial();
  await expect(line.say(carrierCallId, "Hi")).rejects.toMatchObject({ code: "CALL_NOT_LIVE" });
  await expect(line.press(carrierCallId, "1")).rejects.toMatchObject({ code: "CALL_NOT_LIVE" });
  await line.hangUp(carrierCallId);
  await expect(line.say(carrierCallId, "Hi")).rejects.toMatchObject({ code: "CALL_NOT_LIVE" });
  await expect(line.hangUp(carrierCallId)).rejects.toMatchObject({ code: "CALL_NOT_LIVE" });
  for (const act of [line.say("mock-x", "Hi"), line.press("mock-x", "1"), line.hangUp("mock-x")]) {
    await expect(act).rejects.toMatchObject({ code: "NO_SUCH_CALL" });
  }
  expect(() => line.heard("mock-x")).toThrow(CallError);
});
