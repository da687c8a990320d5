// Speaking to the mock's callee, and what it answers by itself.
import { expect, test } from "vitest";
import type { Leg } from "../../src/daemon/carriers/carrier.ts";
import { mock, type MockUnderTest, signal, spoken } from "./mock-fixture.ts";

/** Speaks to the end and then listens, as the core does; returns what the callee said within a minute. */
async function converse({ carrier, clock, factsOf }: MockUnderTest, leg: Leg, words: string[]): Promise<string[]> {
  for (const [index, text] of words.entries()) {
    await carrier.speak(leg, { utteranceId: `u${index}`, text }, signal);
    await clock.advance(spoken(text));
    await carrier.listen(leg, `t${index}`, signal);
    await clock.advance(60_000);
  }
  return factsOf(leg.carrierCallId).flatMap((fact) => (fact.type === "spoke" ? [fact.text] : []));
}

test("an utterance starts at once and is played when its time has passed", async () => {
  const { carrier, clock, factsOf, answered } = mock({ pace: 0.5 });
  const leg = await answered();
  const text = "Twenty characters ok";
  await carrier.speak(leg, { utteranceId: "u1", text }, signal);
  expect(factsOf(leg.carrierCallId).at(-1)).toEqual({ type: "started", utteranceId: "u1" });
  await clock.advance(0.5 * spoken(text) - 1);
  expect(factsOf(leg.carrierCallId).at(-1)).toEqual({ type: "started", utteranceId: "u1" });
  await clock.advance(1);
  expect(factsOf(leg.carrierCallId).at(-1)).toEqual({ type: "played", utteranceId: "u1" });
  expect(carrier.line.heard(leg.carrierCallId)).toEqual({ texts: [text], digits: [] });
});

test("at pace 0 all speech is over at once", async () => {
  const { carrier, clock, factsOf, answered } = mock({ pace: 0 });
  const leg = await answered({ dtmfSequence: "12W" });
  await carrier.speak(leg, { utteranceId: "u1", text: "Hello" }, signal);
  await clock.advance(0);
  await carrier.listen(leg, "t1", signal);
  await clock.advance(0);
  expect(factsOf(leg.carrierCallId).map(({ type }) => type)).toEqual([
    "ringing",
    "answered",
    "ready",
    "started",
    "played",
    "spoke",
  ]);
});

test("new words replace those being spoken, which were heard in part", async () => {
  const { carrier, clock, factsOf, answered } = mock();
  const leg = await answered();
  await carrier.speak(leg, { utteranceId: "u1", text: "One two three four five" }, signal);
  await clock.advance(500 + 60 * 9);
  await carrier.speak(leg, { utteranceId: "u2", text: "Stop" }, signal);
  await clock.advance(60_000);
  expect(factsOf(leg.carrierCallId).slice(3)).toEqual([
    { type: "started", utteranceId: "u1" },
    { type: "cut", utteranceId: "u1", heard: "One two" },
    { type: "started", utteranceId: "u2" },
    { type: "played", utteranceId: "u2" },
  ]);
  expect(carrier.line.heard(leg.carrierCallId).texts).toEqual(["One two", "Stop"]);
});

test("the echo answers each of our utterances once, after thinking and speaking", async () => {
  const { carrier, clock, factsOf, answered } = mock({ replyDelayMs: 600 });
  const leg = await answered();
  await carrier.speak(leg, { utteranceId: "u1", text: "What time is it?" }, signal);
  await clock.advance(spoken("What time is it?"));
  await carrier.listen(leg, "t1", signal);
  const reply = "You said: What time is it?";
  await clock.advance(600 + spoken(reply) - 1);
  expect(factsOf(leg.carrierCallId).at(-1)).toEqual({ type: "played", utteranceId: "u1" });
  await clock.advance(1);
  expect(factsOf(leg.carrierCallId).at(-1)).toEqual({ type: "spoke", text: reply });
  const before = factsOf(leg.carrierCallId).length;
  await carrier.listen(leg, "t2", signal);
  await carrier.listen(leg, "t3", signal);
  await clock.advance(60_000);
  expect(factsOf(leg.carrierCallId)).toHaveLength(before);
});

test("it waits for our first words and stays silent when we never listen", async () => {
  const { carrier, clock, factsOf, answered } = mock();
  const leg = await answered();
  await carrier.listen(leg, "t1", signal);
  await clock.advance(60_000);
  await carrier.speak(leg, { utteranceId: "u1", text: "Hello" }, signal);
  await clock.advance(60_000);
  expect(factsOf(leg.carrierCallId).map(({ type }) => type)).toEqual([
    "ringing",
    "answered",
    "ready",
    "started",
    "played",
  ]);
});

test("it lets us finish: words of ours put its reply off, and it answers the last ones", async () => {
  const under = mock();
  const leg = await under.answered();
  await under.carrier.speak(leg, { utteranceId: "u1", text: "First" }, signal);
  await under.clock.advance(spoken("First"));
  await under.carrier.listen(leg, "t1", signal);
  await under.clock.advance(700);
  expect(await converse(under, leg, ["Second"])).toEqual(["You said: Second"]);
});

test("listening twice does not put its reply off", async () => {
  const { carrier, clock, factsOf, answered } = mock();
  const leg = await answered();
  await carrier.speak(leg, { utteranceId: "u1", text: "Hi" }, signal);
  await clock.advance(spoken("Hi"));
  await carrier.listen(leg, "t1", signal);
  await clock.advance(600);
  await carrier.listen(leg, "t2", signal);
  await clock.advance(spoken("You said: Hi"));
  expect(factsOf(leg.carrierCallId).at(-1)).toEqual({ type: "spoke", text: "You said: Hi" });
});

test("scripted lines come in order, and then silence", async () => {
  const under = mock({ replies: ["Yes", "No"] });
  const leg = await under.answered();
  expect(await converse(under, leg, ["A", "B", "C"])).toEqual(["Yes", "No"]);
});

test("each call gets the script from its beginning", async () => {
  const under = mock({ replies: ["Yes"] });
  for (const call of ["call-a", "call-b"]) {
    expect(await converse(under, await under.answered({ callId: call }), ["A"])).toEqual(["Yes"]);
  }
});

test("it never talks for ever by itself, even to one who listens at its every word", async () => {
  const legs: Leg[] = [];
  const under = mock({
    pace: 0,
    deliver: async ({ facts }) => {
      const [leg] = legs;
      if (leg !== undefined && facts.some(({ type }) => type === "spoke")) await under.carrier.listen(leg, "t", signal);
    },
  });
  legs.push(await under.answered());
  expect(await converse(under, legs[0] as Leg, ["Hello"])).toEqual(["You said: Hello"]);
});

test("digits that we send are heard", async () => {
  const { carrier, answered } = mock();
  const leg = await answered();
  await carrier.sendDigits(leg, { digits: "1w2#" }, signal);
  await carrier.sendDigits(leg, { digits: "9" }, signal);
  expect(carrier.line.heard(leg.carrierCallId)).toEqual({ texts: [], digits: ["1w2#", "9"] });
});
