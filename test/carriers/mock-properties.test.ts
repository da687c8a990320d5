// Whatever happens on the mock's line, in whatever order: legal facts, and nothing left behind.
import fc from "fast-check";
import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import type { CarrierFact } from "../../src/call/fact.ts";
import type { Leg } from "../../src/daemon/carriers/carrier.ts";
import type { MockConfig } from "../../src/daemon/carriers/mock/callee.ts";
import { mock, type MockUnderTest, signal } from "./mock-fixture.ts";

const acts = ["answer", "reject", "speak", "listen", "sendDigits", "hangUp", "say", "press", "personHangUp"] as const;

type Step =
  | { act: "dial"; dtmf: boolean; ringTimeoutMs: number; maxDurationMs: number }
  | { act: "inbound" }
  | { act: "advance"; ms: number }
  | { act: (typeof acts)[number]; leg: number; text: string };

const text = fc.constantFrom("Hi", "One two three", "A rather longer sentence with a lot of words in it");

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("dial" as const),
      dtmf: fc.boolean(),
      ringTimeoutMs: fc.constantFrom(500, 30_000),
      maxDurationMs: fc.constantFrom(1000, 300_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("inbound" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ act: fc.constant("advance" as const), ms: fc.constantFrom(0, 1, 300, 2000, 20_000) }),
  },
  { weight: 12, arbitrary: fc.record({ act: fc.constantFrom(...acts), leg: fc.nat(3), text }) },
);

const config: fc.Arbitrary<MockConfig> = fc.record({
  outcome: fc.constantFrom("answer", "answer", "answer", "hangup", "busy", "no-answer", "failed"),
  ringMs: fc.constantFrom(0, 400, 1000),
  pace: fc.constantFrom(0, 0.1, 1),
  replies: fc.constantFrom<MockConfig["replies"]>("echo", [], ["Yes", "No"]),
  replyDelayMs: fc.constantFrom(0, 600),
});

async function perform(under: MockUnderTest, legs: Leg[], next: Step): Promise<void> {
  const { carrier, clock, dial, delivered } = under;
  if (next.act === "advance") return clock.advance(next.ms);
  const callId = `call-${legs.length}`;
  if (next.act === "dial") {
    const { ringTimeoutMs, maxDurationMs, dtmf } = next;
    legs.push(await dial({ callId, ringTimeoutMs, maxDurationMs, ...(dtmf && { dtmfSequence: "1w2" }) }));
    return;
  }
  if (next.act === "inbound") {
    const carrierCallId = await carrier.line.inbound({ from: "anonymous", to: "+15555550100" });
    legs.push({ callId, carrierCallId });
    return;
  }
  const leg = legs[next.leg];
  if (leg === undefined) return;
  const { carrierCallId } = leg;
  const utteranceId = `u${delivered.length}`;
  const order = {
    answer: () => carrier.answer(leg, signal),
    reject: () => carrier.reject(leg, true, signal),
    speak: () => carrier.speak(leg, { utteranceId, text: next.text }, signal),
    listen: () => carrier.listen(leg, "t1", signal),
    sendDigits: () => carrier.sendDigits(leg, { digits: "1" }, signal),
    hangUp: () => carrier.hangUp(leg, signal),
    say: () => carrier.line.say(carrierCallId, next.text),
    press: () => carrier.line.press(carrierCallId, "1"),
    personHangUp: () => carrier.line.hangUp(carrierCallId),
  };
  await order[next.act]();
}

/** A refusal by name is a fine answer to an order that does not fit; anything else is not. */
function refusal(error: unknown): void {
  if (!(error instanceof CallError) || !["CARRIER_REFUSED", "CALL_NOT_LIVE"].includes(error.code)) throw error;
}

const before: Record<CarrierFact["type"], string[]> = {
  incoming: ["new"],
  ringing: ["new"],
  answered: ["ringing"],
  ready: ["live"],
  started: ["live"],
  played: ["live"],
  cut: ["live"],
  spoke: ["live"],
  silent: [],
  speaking: [],
  streamOver: [],
  unheard: [],
  deaf: [],
  stalled: [],
  detected: [],
  heard: [],
  pressed: ["live"],
  over: ["new", "ringing", "live"],
  reported: [],
  noted: [],
};

const after: Partial<Record<CarrierFact["type"], string>> = {
  incoming: "ringing",
  ringing: "ringing",
  answered: "live",
  over: "over",
};

/** Follows one leg's facts and names the first that must not come where it does. */
function firstIllegal(facts: CarrierFact[]): string | undefined {
  let phase = "new";
  let ready = false;
  for (const { type } of facts) {
    if (!before[type].includes(phase)) return `${type} while ${phase}`;
    if (type === "started" && !ready) return "started before ready";
    if (type === "ready" && ready) return "ready twice";
    ready ||= type === "ready";
    phase = after[type] ?? phase;
  }
  return firstOutOfTurn(facts);
}

function firstOutOfTurn(facts: CarrierFact[]): string | undefined {
  let speaking: string | undefined;
  for (const fact of facts) {
    const { type } = fact;
    if (type === "spoke" && speaking !== undefined) return "spoke over our words";
    if (type === "started") {
      if (speaking !== undefined) return "started over our words";
      speaking = fact.utteranceId;
    }
    if (type === "played" || type === "cut") {
      if (fact.utteranceId !== speaking) return `${type} out of turn`;
      speaking = undefined;
    }
  }
  return undefined;
}

test("the check of the order of facts can fail", () => {
  expect(firstIllegal([{ type: "answered" }])).toBe("answered while new");
  expect(firstIllegal([{ type: "ringing" }, { type: "over", outcome: "busy" }, { type: "ringing" }])).toBe(
    "ringing while over",
  );
  expect(firstIllegal([{ type: "ringing" }, { type: "answered" }, { type: "played", utteranceId: "u" }])).toBe(
    "played out of turn",
  );
});

test("any interleaving gives legal facts and leaves no timer and no leg behind", async () => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(
    config,
    fc.array(step, { maxLength: 40, size: "max" }),
    async (behaviour, steps) => {
      const under = mock(behaviour);
      const legs: Leg[] = [];
      for (const next of steps) await perform(under, legs, next).catch(refusal);
      for (const { carrierCallId } of legs) {
        const facts = under.factsOf(carrierCallId);
        for (const { type } of facts) seen.add(type);
        expect(firstIllegal(facts)).toBeUndefined();
        const over = facts.at(-1)?.type === "over";
        expect((await under.carrier.lookUp({ callId: "", carrierCallId }, signal)).leg === "ended").toBe(over);
      }
      await under.carrier[Symbol.asyncDispose]();
      expect(under.clock.waiting).toBe(0);
      for (const leg of legs) expect(await under.carrier.lookUp(leg, signal)).toEqual({ leg: "missing" });
      const count = under.delivered.length;
      await under.clock.advance(1_000_000);
      expect(under.delivered).toHaveLength(count);
      expect(under.logged).toEqual([]);
    },
  );
  await fc.assert(property, { numRuns: 1000 });
  expect([...seen].toSorted()).toEqual([
    "answered",
    "cut",
    "incoming",
    "over",
    "played",
    "pressed",
    "ready",
    "ringing",
    "spoke",
    "started",
  ]);
});

test("a call that is left alone ends by itself, and then nothing waits", async () => {
  const property = fc.asyncProperty(config, async (behaviour) => {
    const { clock, dial, factsOf } = mock(behaviour);
    const { carrierCallId } = await dial({ ringTimeoutMs: 5000, maxDurationMs: 5000 });
    await clock.advance(12_000);
    expect(factsOf(carrierCallId).at(-1)?.type).toBe("over");
    expect(clock.waiting).toBe(0);
  });
  await fc.assert(property, { numRuns: 50 });
});
