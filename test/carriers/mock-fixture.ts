// What the tests of the mock carrier share: a mock on a manual clock, and what it delivered.
import type { CarrierFact, LegFacts } from "../../src/call/fact.ts";
import type { CarrierPorts, DialOrder, Leg } from "../../src/daemon/carriers/carrier.ts";
import type { MockConfig } from "../../src/daemon/carriers/mock/callee.ts";
import { createMockCarrier, type MockCarrier } from "../../src/daemon/carriers/mock/index.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";

export const callId = "call-0123456789abcdef";
export const { signal } = new AbortController();
export const order: DialOrder = {
  callId,
  from: "+15555550100",
  to: "+15555550123",
  mode: "conversation",
  ringTimeoutMs: 30_000,
  maxDurationMs: 300_000,
  detectMachine: false,
};

/** Speaking time of a text at pace 1, in ms. */
export const spoken = (text: string): number => 500 + 60 * text.length;

export interface MockUnderTest {
  carrier: MockCarrier;
  clock: ManualClock;
  delivered: LegFacts[];
  logged: string[];
  /** The facts of one leg, in the order of their delivery. */
  factsOf(carrierCallId: string): CarrierFact[];
  dial(change?: Partial<DialOrder>): Promise<Leg>;
  /** Dials and waits for the answer. */
  answered(change?: Partial<DialOrder>): Promise<Leg>;
}

export interface MockTestOptions extends Partial<MockConfig> {
  deliver?: CarrierPorts["deliver"];
}

export function mock({ deliver = () => Promise.resolve(), ...config }: MockTestOptions = {}): MockUnderTest {
  const clock = createManualClock();
  const delivered: LegFacts[] = [];
  const logged: string[] = [];
  const write = (fields: object, message: string): void => void logged.push(JSON.stringify({ ...fields, message }));
  let ids = 0;
  const all: MockConfig = { outcome: "answer", ringMs: 1000, pace: 1, replies: "echo", replyDelayMs: 600, ...config };
  const carrier = createMockCarrier({
    config: all,
    ports: {
      clock,
      log: { info: write, warn: write, error: write },
      publicUrl: () => "",
      streamUrl: (id) => `wss://voice.example.test/voice/stream/token-of-${id}`,
      deliver: (facts) => {
        delivered.push(facts);
        return deliver(facts);
      },
    },
    newId: (prefix) => `${prefix}-${++ids}`,
  });
  const dial = async (change: Partial<DialOrder> = {}): Promise<Leg> => {
    const { carrierCallId } = await carrier.dial({ ...order, ...change }, signal);
    return { callId: change.callId ?? callId, carrierCallId };
  };
  return {
    carrier,
    clock,
    delivered,
    logged,
    factsOf: (carrierCallId) =>
      delivered.filter((facts) => facts.carrierCallId === carrierCallId).flatMap(({ facts }) => facts),
    dial,
    async answered(change) {
      const leg = await dial(change);
      await clock.advance(all.ringMs);
      return leg;
    },
  };
}
