// The other side of the line, for a person or a test to play.
import { CallError } from "../../../call/error.ts";
import type { HeardSound } from "./ear.ts";
import type { Exchange } from "./exchange.ts";
import type { MockLeg } from "./leg.ts";
import type { Heard } from "./leg-state.ts";

/**
 * Plays the other side. Each order settles when what it caused is recorded, and throws CallError `NO_SUCH_CALL` for
 * an unknown id, `CALL_NOT_LIVE` when nobody is on the line. Once played by a person, a call gets no automatic replies.
 */
export interface MockCarrierLine {
  /** Calls us; returns the carrier's id of the leg. Numbers as a carrier gives them, also `anonymous`. */
  inbound(parties: { from: string; to: string }): Promise<string>;
  /** Speaks, and cuts off what we are saying. */
  say(carrierCallId: string, text: string): Promise<void>;
  /**
   * Speaks µ-law over the media socket, in real time; `text`: what it says, for calls without a recogniser.
   * False when no socket is up, or it ended before all was said.
   */
  sayAudio(carrierCallId: string, ulaw: Uint8Array, text?: string): Promise<boolean>;
  press(carrierCallId: string, digits: string): Promise<void>;
  /** Hangs up; while it rings, gives up the own call or declines ours as busy. */
  hangUp(carrierCallId: string): Promise<void>;
  /** All that the other side heard so far, also shortly after the end. */
  heard(carrierCallId: string): Heard;
  /** What it heard over its last media socket: played sound only, cut where it was cleared. */
  heardAudio(carrierCallId: string): HeardSound[];
}

export function createLine(exchange: Exchange): MockCarrierLine {
  const known = (carrierCallId: string): MockLeg => {
    const leg = exchange.find(carrierCallId);
    if (leg !== undefined) return leg;
    throw new CallError("NO_SUCH_CALL", "the mock carrier knows no such call", {
      hint: "list live calls with `voicecall status`",
    });
  };
  const live = (carrierCallId: string): MockLeg => {
    const leg = known(carrierCallId);
    if (leg.phase.name === "live") return leg;
    throw notLive(leg.phase.name === "over" ? "the call is over" : "the call is not answered yet");
  };
  return {
    async inbound(parties) {
      const leg = exchange.open();
      try {
        await leg.callIn(parties);
      } catch (error) {
        exchange.drop(leg);
        throw error;
      }
      return leg.carrierCallId;
    },
    async say(carrierCallId, text) {
      await live(carrierCallId).say(text);
    },
    async press(carrierCallId, digits) {
      await live(carrierCallId).press(digits);
    },
    async hangUp(carrierCallId) {
      const leg = known(carrierCallId);
      if (leg.phase.name === "over") throw notLive("the call is over");
      await leg.hangUp();
    },
    sayAudio: async (carrierCallId, ulaw, text) => live(carrierCallId).sayAudio(ulaw, text),
    heard: (carrierCallId) => known(carrierCallId).heard,
    heardAudio: (carrierCallId) => known(carrierCallId).heardAudio(),
  };
}

function notLive(message: string): CallError {
  return new CallError("CALL_NOT_LIVE", message);
}
