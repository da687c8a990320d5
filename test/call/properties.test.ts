import fc from "fast-check";
import { expect, test } from "vitest";
import { decideRefusal } from "../../src/call/decide-fact.ts";
import type { CallOrder } from "../../src/call/decide.ts";
import { CallError } from "../../src/call/error.ts";
import type { TimerName } from "../../src/call/event.ts";
import type { CarrierFact } from "../../src/call/fact.ts";
import { replay } from "../../src/call/reduce.ts";
import { TestCall, gathering, plain } from "./calls.ts";

type Step =
  | { fact: CarrierFact }
  | { order: CallOrder }
  | { timer: TimerName }
  | { outcome: "speech" | "refusal" | "digits" | "id" };

const text = fc.string({ minLength: 1, maxLength: 40 });
const utteranceId = fc.integer({ min: 1, max: 30 }).map((n) => `u${n}`);
const turn = fc.integer({ min: 1, max: 30 }).map((n) => `t${n}`);

const fact: fc.Arbitrary<CarrierFact> = fc.oneof(
  fc.constantFrom<CarrierFact>(
    { type: "ringing" },
    { type: "answered" },
    { type: "ready" },
    { type: "ready", stream: true },
    { type: "streamOver" },
    { type: "deaf", message: "x" },
    { type: "detected", who: "machine", greetingOver: true },
    { type: "silent" },
    { type: "noted", what: "x" },
  ),
  fc.record({ type: fc.constantFrom("started" as const, "played" as const), utteranceId }),
  fc.record({ type: fc.constant("cut" as const), utteranceId, heard: text }),
  fc.record({ type: fc.constant("spoke" as const), text, turn }),
  fc.record({ type: fc.constantFrom("spoke" as const, "heard" as const), text }),
  fc.record({ type: fc.constant("pressed" as const), digits: fc.constant("1"), turn }),
  fc.record({
    type: fc.constant("reported" as const),
    leg: fc.constantFrom(
      "ringing" as const,
      "live" as const,
      "unreachable" as const,
      "missing" as const,
      "ended" as const,
    ),
  }),
  fc.record({
    type: fc.constant("over" as const),
    outcome: fc.constantFrom("completed" as const, "busy" as const, "failed" as const, "canceled" as const),
  }),
);

const order: fc.Arbitrary<CallOrder> = fc.oneof(
  fc.record({ type: fc.constantFrom("say" as const, "ask" as const), text }),
  fc.constant<CallOrder>({ type: "sendDigits", digits: "5" }),
  fc.constant<CallOrder>({ type: "hangUp", reason: "hangup-bot" }),
);

const timers: TimerName[] = [
  "ring",
  "maxDuration",
  "notifyHangup",
  "transcript",
  "playout",
  "stale",
  "hangUp",
  "dialUnknown",
  "digits",
  "silence",
  "stream",
  "filler",
  "machine",
];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fact.map((f) => ({ fact: f })) },
  { weight: 3, arbitrary: order.map((o) => ({ order: o })) },
  { weight: 2, arbitrary: fc.constantFrom(...timers).map((timer) => ({ timer })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("speech" as const, "refusal" as const, "digits" as const, "id" as const)
      .map((outcome) => ({ outcome })),
  },
);

const rank = { requested: 0, dialling: 1, ringing: 2, live: 3, ended: 4 };

/** Applies one step; the carrier's answers to effects (`outcome`) are those that fit the state. */
function apply(call: TestCall, next: Step): void {
  call.at += 10;
  if ("fact" in next) call.tell(next.fact);
  else if ("order" in next) call.order(next.order);
  else if ("timer" in next) {
    if (call.state.timers[next.timer] !== undefined) call.fire(next.timer);
  } else settle(call, next.outcome);
}

function settle(call: TestCall, what: "speech" | "refusal" | "digits" | "id"): void {
  const { turn: now, digits, carrierCallId, phase } = call.state;
  if (what === "id" && carrierCallId === undefined && phase.name !== "ended") call.placed();
  if (what === "digits" && digits[0]?.status === "sending")
    call.add([{ type: "digits.sent", digitsId: digits[0].digitsId }]);
  if (now.whose !== "agent") return;
  if (what === "speech")
    call.tell({ type: now.startedAt === undefined ? "started" : "played", utteranceId: now.utterance.utteranceId });
  if (what === "refusal")
    call.add(
      decideRefusal(call.state, { type: "utterance.failed", utteranceId: now.utterance.utteranceId, message: "no" }),
    );
}

const calls = fc.record({
  mode: fc.constantFrom("notify" as const, "conversation" as const),
  traits: fc.constantFrom(
    plain,
    gathering,
    { ...gathering, inlineOpening: true },
    { ...gathering, streams: true },
    { ...plain, streams: true },
  ),
  steps: fc.array(step, { maxLength: 60 }),
});

test("whatever happens: replay gives the live state, phases never go back, and after the end nothing acts", () => {
  fc.assert(
    fc.property(calls, ({ mode, traits, steps }) => {
      const call = TestCall.outbound({ mode, traits });
      for (const next of steps) {
        const before = call.state;
        call.effects = [];
        try {
          apply(call, next);
        } catch (error) {
          if (!(error instanceof CallError)) throw error;
          expect(call.state).toBe(before);
        }
        expect(rank[call.state.phase.name]).toBeGreaterThanOrEqual(rank[before.phase.name]);
        if (before.phase.name === "ended") {
          expect(call.effects).toEqual([]);
          expect(call.state.phase).toEqual(before.phase);
        }
      }
      expect(replay(call.log)).toEqual(call.state);
    }),
    { numRuns: 400 },
  );
});

test("one line at a time: at most one utterance is being spoken, and every one settles by the end of the call", () => {
  fc.assert(
    fc.property(calls, ({ mode, traits, steps }) => {
      const call = TestCall.outbound({ mode, traits });
      for (const next of steps) {
        try {
          apply(call, next);
        } catch (error) {
          if (!(error instanceof CallError)) throw error;
        }
      }
      if (call.state.phase.name !== "ended") call.tell({ type: "over", outcome: "completed" });
      const asked = call.log.flatMap((event) => (event.type === "utterance.requested" ? [event.utteranceId] : []));
      const outcomes = call.log.flatMap((event) =>
        event.type === "utterance.played" || event.type === "utterance.cut" || event.type === "utterance.failed"
          ? [event.utteranceId]
          : [],
      );
      expect(outcomes.toSorted()).toEqual(["u1", ...asked].toSorted());
    }),
    { numRuns: 400 },
  );
});

test("every order in every phase either makes events or is refused by name", () => {
  fc.assert(
    fc.property(calls, order, ({ mode, traits, steps }, last) => {
      const call = TestCall.outbound({ mode, traits });
      for (const next of steps) {
        try {
          apply(call, next);
        } catch (error) {
          if (!(error instanceof CallError)) throw error;
        }
      }
      const before = call.log.length;
      const ending = call.state.ending !== undefined;
      try {
        call.order(last);
        expect(call.log.length > before || (ending && last.type === "hangUp")).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(CallError);
      }
    }),
  );
});
