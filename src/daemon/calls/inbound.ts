// A call that comes in: admitted, asked to pair, or rejected by policy; begun with its first events either way.
import { admitted } from "../../call/decide-fact.ts";
import type { CallEvent, RejectReason } from "../../call/event.ts";
import { isPhoneNumber, shortNumber } from "../../call/phone-number.ts";
import { refuseInbound } from "../../call/policy.ts";
import { sessionKeyOf } from "../../call/session-key.ts";
import type { Carrier } from "../carriers/carrier.ts";
import type { CallActor, Decision, TurnOutcome, WebhookTurn } from "./actor.ts";
import { streamsOn } from "./place.ts";
import type { CallPorts } from "./ports.ts";
import type { CallSettings } from "./settings.ts";

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
  const { carrierCallId, from, to } = incoming;
  const settings = await ports.settings();
  const welcome = await welcomeFor(incoming, settings, ports);
  const known = ports.registry.findOrReplay(carrierCallId);
  if (known !== undefined) return { actor: known, outcome: await known.tell([], webhook) };
  const actor = ports.registry.create(ports.newId("call"), { carrierCallId });
  if (typeof welcome === "string") {
    const fields = { callId: actor.callId, from: shortNumber(from), to: shortNumber(to), why: welcome };
    ports.log.warn(fields, "an incoming call was rejected");
  }
  const greeting = typeof welcome === "string" ? undefined : welcome.greeting;
  try {
    const first = firstEvent(incoming, settings, actor.callId);
    const begun = { ...first, ...(greeting !== undefined && { greeting }) };
    return { actor, outcome: await actor.begin(begun, [decisionOn(welcome)], webhook) };
  } catch (error) {
    ports.registry.drop(actor);
    throw error;
  }
}

/** How a caller is received. `only`: they hear the greeting, and the call ends. */
type Welcome = { greeting?: string; only: boolean };

/** Callers beyond the limit who hear that the lines are busy; further ones are rejected by the carrier. */
const mostBusyCallers = 2;

async function welcomeFor(
  { from, to }: Incoming,
  settings: CallSettings,
  ports: CallPorts,
): Promise<Welcome | RejectReason> {
  const { inbound, maxConcurrentCalls, phrases } = settings;
  const admission = { liveCalls: ports.registry.liveCalls, maxConcurrentCalls, draining: ports.draining() };
  const why = refuseInbound(from, inbound, admission);
  if (why === "at-capacity" && admission.liveCalls < maxConcurrentCalls + mostBusyCallers) {
    return { only: true, greeting: phrases.busy };
  }
  if (why !== undefined) return why;
  const { greeting } = settings.line(to);
  const welcome = { only: false, ...(greeting !== undefined && { greeting }) };
  const mustPair = inbound.policy === "pairing" && isPhoneNumber(from) && !inbound.allowFrom.includes(from);
  if (!mustPair || ports.pairings.isPaired(from)) return welcome;
  const code = await ports.pairings.codeFor(from);
  if (code === undefined) return "pairing-busy";
  return { only: true, greeting: phrases.pairing.replaceAll("{code}", code.split("").join(" ")) };
}

function firstEvent(
  { carrier, carrierCallId, from, to }: Incoming,
  settings: CallSettings,
  callId: string,
): CallEvent<"call.received"> {
  const { route, responseTimeoutMs } = settings.line(to);
  const { pairing: _pairing, busy: _busy, ...phrases } = settings.phrases;
  return {
    type: "call.received",
    carrier: carrier.name,
    carrierCallId,
    from,
    to,
    limits: { ...settings.limits, responseTimeoutMs },
    phrases,
    route,
    traits: carrier.traits({ mode: "conversation", streams: streamsOn("conversation", carrier, settings) }),
    ...(settings.records && streamsOn("conversation", carrier, settings) && { recording: true }),
    sessionKey: sessionKeyOf({ scope: settings.sessionScope, agentId: route.agentId, remote: from, callId }),
  };
}

function decisionOn(welcome: Welcome | RejectReason): Decision {
  if (typeof welcome === "string") return () => rejection(welcome);
  if (!welcome.only) return admitted;
  return (state) => [...admitted(state), { type: "farewell.requested", reason: "completed" }];
}

function rejection(why: RejectReason): CallEvent[] {
  return [
    { type: "call.rejected", why },
    { type: "call.ended", reason: "failed", message: `rejected: ${why}` },
  ];
}
