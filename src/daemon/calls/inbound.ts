// A call that comes in: admitted or rejected by policy, and begun with its first events either way.
import { admitted } from "../../call/decide-fact.ts";
import type { CallEvent } from "../../call/event.ts";
import { shortNumber } from "../../call/phone-number.ts";
import { refuseInbound } from "../../call/policy.ts";
import type { Carrier } from "../carriers/carrier.ts";
import type { CallActor, Decision, TurnOutcome, WebhookTurn } from "./actor.ts";
import type { CallPorts } from "./ports.ts";

export interface Incoming {
  carrier: Carrier;
  carrierCallId: string;
  from: string;
  to: string;
}

/** @throws CallError `CONFIG_INVALID` while the configuration is wrong; the carrier then tries again. */
export async function receive(
  incoming: Incoming,
  ports: CallPorts,
  webhook?: WebhookTurn,
): Promise<{ actor: CallActor; outcome: TurnOutcome }> {
  const { carrier, carrierCallId, from, to } = incoming;
  const settings = await ports.settings();
  const known = ports.registry.findOrReplay(carrierCallId);
  if (known !== undefined) return { actor: known, outcome: await known.tell([], webhook) };
  const { inbound, limits, maxConcurrentCalls } = settings;
  const why = refuseInbound(from, inbound, {
    liveCalls: ports.registry.liveCalls,
    maxConcurrentCalls,
    draining: ports.draining(),
  });
  const actor = ports.registry.create(ports.newId("call"), { carrierCallId });
  const first: CallEvent<"call.received"> = {
    type: "call.received",
    carrier: carrier.name,
    carrierCallId,
    from,
    to,
    limits,
    traits: carrier.traits({ mode: "conversation" }),
    ...(inbound.greeting !== undefined && { greeting: inbound.greeting }),
  };
  if (why !== undefined)
    ports.log.warn(
      { callId: actor.callId, from: shortNumber(from), to: shortNumber(to), why },
      "an incoming call was rejected",
    );
  const then: Decision = why === undefined ? admitted : () => rejection(why);
  try {
    return { actor, outcome: await actor.begin(first, [then], webhook) };
  } catch (error) {
    ports.registry.drop(actor);
    throw error;
  }
}

function rejection(why: CallEvent<"call.rejected">["why"]): CallEvent[] {
  return [
    { type: "call.rejected", why },
    { type: "call.ended", reason: "failed", message: `rejected: ${why}` },
  ];
}
