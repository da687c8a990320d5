// The mock carrier: a line inside this process, with a callee that behaves as configured and that a person can play.
import { CallError } from "../../../call/error.ts";
import type { Capabilities, Carrier, CarrierPorts, Leg, LookUpOutcome } from "../carrier.ts";
import type { CarrierMedia } from "../media.ts";
import type { MockConfig } from "./callee.ts";
import { Exchange } from "./exchange.ts";
import type { MockLeg } from "./leg.ts";
import type { LegPhase } from "./leg-state.ts";
import { createLine, type MockCarrierLine } from "./line.ts";
import { Pace } from "./pace.ts";
import { createMockCodec } from "./stream-codec.ts";

const capabilities: Capabilities = {
  webhooks: false,
  lookUp: true,
  sendDigits: true,
  streams: true,
  maxTextLength: 8000,
};

/** The mock, and the other side of its calls. */
export interface MockCarrier extends Carrier {
  readonly line: MockCarrierLine;
}

export interface MockCarrierOptions {
  config: MockConfig;
  ports: CarrierPorts;
  newId(prefix: string): string;
}

/**
 * Makes the mock. Facts are handed to `ports.deliver` in the order in which they happen, without waiting for one to
 * settle before the next. A leg lives only as long as this process.
 */
export function createMockCarrier({ config, ports, newId }: MockCarrierOptions): MockCarrier {
  const exchange = new Exchange({
    config,
    clock: ports.clock,
    log: ports.log,
    newId,
    deliver: (facts) => ports.deliver(facts),
  });
  const { msPerCharacter } = new Pace(config.pace);
  return {
    name: "mock",
    capabilities,
    line: createLine(exchange),
    traits: ({ streams }) => ({ gathers: false, answersByReply: false, inlineOpening: false, streams, msPerCharacter }),
    async dial(order, signal) {
      honour(signal);
      const leg = exchange.open();
      leg.dial(order);
      return { carrierCallId: leg.carrierCallId };
    },
    async answer(leg, signal) {
      legThat("rings us", leg, { exchange, signal }).answer(leg.callId);
    },
    async reject(leg, busy, signal) {
      legThat("rings us", leg, { exchange, signal }).end({ type: "over", outcome: busy ? "busy" : "failed" });
    },
    async speak(leg, order, signal) {
      legThat("takes orders", leg, { exchange, signal }).speak(order);
    },
    async listen(leg, _turn, signal) {
      legThat("takes orders", leg, { exchange, signal }).listen();
    },
    async sendDigits(leg, { digits }, signal) {
      legThat("takes orders", leg, { exchange, signal }).sendDigits(digits);
    },
    media: createMedia(exchange),
    async hangUp({ carrierCallId }, signal) {
      honour(signal);
      const leg = exchange.find(carrierCallId);
      if (leg === undefined || leg.phase.name === "over") return "already-over";
      leg.end({ type: "over", outcome: leg.phase.name === "live" ? "completed" : "canceled" });
      return "accepted";
    },
    async lookUp({ carrierCallId }, signal) {
      honour(signal);
      return seen(exchange.find(carrierCallId));
    },
    // The reply to a dial cannot be lost inside one process, and a leg does not outlive it.
    async findLost(_dial, signal) {
      honour(signal);
      return { leg: "missing" };
    },
    async [Symbol.asyncDispose]() {
      exchange.close();
    },
  };
}

/** Its sockets are inside this process: nobody else can open one. */
function createMedia(exchange: Exchange): CarrierMedia {
  return {
    hears: true,
    verify: () => "unsigned",
    codec: createMockCodec,
    attach: async (leg, _url, signal) => legThat("is up", leg, { exchange, signal }).openStream(),
    async detach({ carrierCallId }, signal) {
      honour(signal);
      exchange.find(carrierCallId)?.closeStream();
    },
  };
}

function honour(signal: AbortSignal): void {
  if (signal.aborted) throw new CallError("ABORTED", "the order was withdrawn");
}

/** @throws CallError `CARRIER_REFUSED` when the leg is in no state for the order. */
function legThat(
  fits: keyof typeof fitting,
  { callId, carrierCallId }: Leg,
  on: { exchange: Exchange; signal: AbortSignal },
): MockLeg {
  honour(on.signal);
  const leg = on.exchange.find(carrierCallId);
  if (leg !== undefined && fitting[fits](leg)) return leg;
  throw new CallError("CARRIER_REFUSED", leg === undefined ? "the call does not exist" : refusals[leg.phase.name], {
    callId,
  });
}

const fitting = {
  "rings us": ({ phase, inbound }: MockLeg) => phase.name === "ringing" && inbound,
  "takes orders": ({ phase }: MockLeg) => phase.name === "live" && phase.ready,
  "is up": ({ phase }: MockLeg) => phase.name === "live",
} as const;

const refusals = {
  ringing: "the call still rings at the other end",
  live: "the call is live and not at that point",
  over: "the call is over",
} as const satisfies Record<LegPhase["name"], string>;

function seen(leg: MockLeg | undefined): LookUpOutcome {
  if (leg === undefined) return { leg: "missing" };
  const { phase } = leg;
  return phase.name === "over" ? { leg: "ended", outcome: phase.outcome } : { leg: phase.name };
}
