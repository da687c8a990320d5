import { expect, test } from "vitest";
import type { CallEvent } from "../../src/call/event.ts";
import type { CallActor } from "../../src/daemon/calls/actor.ts";
import { perform, type PerformPorts } from "../../src/daemon/calls/perform.ts";
import { TestCall } from "../call/calls.ts";
import { createManualClock } from "../support/manual-clock.ts";

/** A live call whose deadline for a sign of life has passed. */
async function lookedUp(isHeard: boolean): Promise<{ asked: number; events: CallEvent[] }> {
  const call = TestCall.outbound().live();
  const seen = { asked: 0, events: [] as CallEvent[] };
  const { state } = call;
  const actor: Pick<CallActor, "callId" | "state" | "signal" | "tell"> = {
    callId: state.callId,
    state,
    signal: new AbortController().signal,
    async tell(decisions) {
      for (const decide of decisions) seen.events.push(...decide(state, call.at, false));
      return { stored: [] };
    },
  };
  const carrier = {
    async lookUp() {
      seen.asked++;
      return { leg: "live" };
    },
  };
  const ports = { clock: createManualClock(), carriers: { get: () => carrier }, media: { isHeard: () => isHeard } };
  // What a look-up needs of a call and of the ports, and nothing else.
  await perform({ type: "lookUp" }, actor as CallActor, ports as unknown as PerformPorts);
  return seen;
}

test("a call whose audio comes in is not looked up at its carrier every other minute", async () => {
  const { asked, events } = await lookedUp(true);
  expect([asked, events.length]).toEqual([0, 1]);
});

test("any other call is", async () => {
  const { asked, events } = await lookedUp(false);
  expect([asked, events[0]?.type]).toEqual([1, "carrier.reported"]);
});
