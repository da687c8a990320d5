// The router's port on the other side of mock calls.
import { CallError } from "../call/error.ts";
import type { CallView } from "../call/view.ts";
import { viewOf } from "../call/view.ts";
import { parsePhoneNumber } from "../call/phone-number.ts";
import type { MockLine } from "../router/context.ts";
import type { CallRegistry } from "./calls/registry.ts";
import type { CarrierSet } from "./carrier-set.ts";

export interface MockLinePorts {
  carriers: CarrierSet;
  registry: CallRegistry;
  /** Our number, that a person calls when none is given. */
  ownNumber(): string;
}

export function createMockLine({ carriers, registry, ownNumber }: MockLinePorts): MockLine {
  const leg = (id: string): string => {
    const carrierCallId = registry.state(id)?.carrierCallId;
    if (carrierCallId !== undefined) return carrierCallId;
    throw new CallError("NO_SUCH_CALL", "no call has the id given", {
      hint: "list live calls with `voicecall status`",
    });
  };
  return {
    async inbound({ from, to, say }): Promise<CallView> {
      const mock = carriers.requireMock();
      const caller = from === "anonymous" ? from : parsePhoneNumber(from, "the caller's number");
      const carrierCallId = await mock.line.inbound({ from: caller, to: to ?? ownNumber() });
      if (say !== undefined && registry.find(carrierCallId) !== undefined) await mock.line.say(carrierCallId, say);
      const state = registry.state(carrierCallId);
      if (state === undefined) throw new CallError("INTERNAL", "the incoming call was not recorded");
      return viewOf(state);
    },
    async say({ callId, text }) {
      await carriers.requireMock().line.say(leg(callId), text);
    },
    async press({ callId, digits }) {
      await carriers.requireMock().line.press(leg(callId), digits);
    },
    async hangUp({ callId }) {
      await carriers.requireMock().line.hangUp(leg(callId));
    },
  };
}
