// What becomes of a webhook: verify, read, hand to its call, reply. The reply goes out when the facts are durable.
import type { CallEffect } from "../../call/effect.ts";
import { CallError } from "../../call/error.ts";
import type { CarrierFact } from "../../call/fact.ts";
import { soundsBusy } from "../../call/policy.ts";
import type { CallState } from "../../call/state.ts";
import type { CallActor, Decision, WebhookTurn } from "../calls/actor.ts";
import { receive } from "../calls/inbound.ts";
import { digitsSent, fact, placed, unlessOver } from "../calls/perform.ts";
import type { CallPorts } from "../calls/ports.ts";
import type { Carrier, CarrierWebhooks, RawWebhook, Webhook, WebhookReply } from "../carriers/carrier.ts";

type WebhookCarrier = Carrier & { webhooks: CarrierWebhooks };

/** @returns undefined when the signature is wrong. */
export async function handleWebhook(
  raw: RawWebhook,
  carrier: WebhookCarrier,
  ports: CallPorts,
): Promise<WebhookReply | undefined> {
  const hook = carrier.webhooks.receive(raw);
  if (hook === undefined) return undefined;
  const actor = ownerOf(hook, ports);
  if (actor !== undefined) return toCall(actor, { hook, carrier, ports });
  const incoming = hook.facts.find((carrierFact) => carrierFact.type === "incoming");
  if (incoming !== undefined && hook.carrierCallId !== undefined)
    return toNewCall(incoming, hook.carrierCallId, { hook, carrier, ports });
  return toNoCall({ hook, carrier, ports });
}

interface Delivery {
  hook: Webhook;
  carrier: WebhookCarrier;
  ports: CallPorts;
}

/** The call that a webhook names: by our id, which must not contradict the carrier's, or by the carrier's alone. */
function ownerOf(hook: Webhook, { registry, store }: CallPorts): CallActor | undefined {
  const id =
    hook.callId ??
    (hook.carrierCallId === undefined
      ? undefined
      : (registry.find(hook.carrierCallId)?.callId ?? store.findCall(hook.carrierCallId)));
  const actor = id === undefined ? undefined : registry.findOrReplay(id);
  const bound = actor?.state?.carrierCallId;
  const named = [hook.carrierCallId, hook.formerCarrierCallId];
  return bound === undefined || hook.carrierCallId === undefined || named.includes(bound) ? actor : undefined;
}

async function toCall(actor: CallActor, { hook, carrier, ports }: Delivery): Promise<WebhookReply> {
  endStrayLeg(actor, { hook, carrier, ports });
  const outcome = await actor.tell(decisionsOf(hook), webhookTurn(hook, carrier));
  if (!actor.confirmed) actor.confirm();
  return parse(outcome.reply, carrier);
}

const signsOfLife = new Set<CarrierFact["type"]>(["ringing", "answered", "ready"]);

/** A leg that shows up when its call is over for us (its dial was given up) is not left to ring and run. */
function endStrayLeg(actor: CallActor, { hook, carrier, ports }: Delivery): void {
  const { state, callId } = actor;
  if (state?.phase.name !== "ended" || hook.carrierCallId === undefined) return;
  if (!hook.facts.some(({ type }) => signsOfLife.has(type))) return;
  const leg = { callId, carrierCallId: hook.carrierCallId };
  carrier.hangUp(leg, new AbortController().signal).catch((error: unknown) => {
    ports.log.error(
      { callId, error: error instanceof CallError ? error.message : "internal error" },
      "a leg of a call that is over could not be ended",
    );
  });
}

async function toNewCall(
  incoming: Extract<CarrierFact, { type: "incoming" }>,
  carrierCallId: string,
  { hook, carrier, ports }: Delivery,
): Promise<WebhookReply> {
  const call = { carrier, carrierCallId, from: incoming.from, to: incoming.to };
  const { outcome } = await receive(call, ports, webhookTurn(hook, carrier));
  return parse(outcome.reply, carrier);
}

/** A genuine webhook of no call of ours is kept for the record and never becomes a call. */
async function toNoCall({ hook, carrier, ports }: Delivery): Promise<WebhookReply> {
  const known = ports.store.replyTo(hook.key);
  if (known !== undefined) return parse(known, carrier);
  const reply = hook.wantsDocument ? carrier.webhooks.refusal("unknown") : carrier.webhooks.acknowledgement();
  ports.log.warn(
    { carrier: carrier.name, wantsDocument: hook.wantsDocument },
    "a webhook for a call that is not ours was refused",
  );
  const stray = {
    key: hook.key,
    reply: JSON.stringify(reply),
    at: ports.clock.now(),
    what: "webhook for an unknown call",
  };
  try {
    await ports.store.appendStray(stray);
    return reply;
  } catch (error) {
    // The same one twice at once: the other has the reply.
    const first = ports.store.replyTo(hook.key);
    if (first === undefined) throw error;
    return parse(first, carrier);
  }
}

function decisionsOf(hook: Webhook): Decision[] {
  const adopt =
    hook.carrierCallId === undefined ? [] : [placed(hook.carrierCallId, "webhook", hook.formerCarrierCallId)];
  return [...adopt, ...hook.facts.map(fact)];
}

const documentEffects: ReadonlySet<CallEffect["type"]> = new Set([
  "speak",
  "listen",
  "sendDigits",
  "hangUp",
  "answer",
  "reject",
]);

function webhookTurn(hook: Webhook, carrier: WebhookCarrier): WebhookTurn {
  return {
    key: hook.key,
    reply: (state, effects) =>
      JSON.stringify(hook.wantsDocument ? documentOf(state, effects, carrier) : carrier.webhooks.acknowledgement()),
    delivers: (effect) => hook.wantsDocument && documentEffects.has(effect.type),
    outcomeOf,
  };
}

function documentOf(state: CallState, effects: readonly CallEffect[], { webhooks }: WebhookCarrier): WebhookReply {
  if (state.rejected === undefined) return webhooks.document(withoutPushed(state, effects));
  return webhooks.refusal(soundsBusy(state.rejected) ? "busy" : "rejected");
}

/** What was handed over by an order of its own is left out: it would be said or played twice. The line holds until it arrives. */
function withoutPushed(state: CallState, effects: readonly CallEffect[]): CallState {
  const digits = effects.some(({ type }) => type === "sendDigits") ? state.digits : [];
  const pushed =
    state.turn.whose === "agent" && state.turn.startedAt === undefined && !effects.some(({ type }) => type === "speak");
  return pushed ? { ...state, digits, turn: { whose: "nobody" } } : { ...state, digits };
}

function outcomeOf(effect: CallEffect): Decision[] {
  if (effect.type === "speak") return [fact({ type: "started", utteranceId: effect.utteranceId })];
  if (effect.type === "hangUp") return [unlessOver({ type: "hangUp.accepted" })];
  return effect.type === "sendDigits" ? [digitsSent(effect)] : [];
}

function parse(reply: string | undefined, carrier: WebhookCarrier): WebhookReply {
  if (reply === undefined) throw new CallError("INTERNAL", `no reply was made for a webhook of ${carrier.name}`);
  const parsed: unknown = JSON.parse(reply);
  if (!isReply(parsed)) throw new CallError("STORE_FAILED", "a stored reply cannot be read");
  return parsed;
}

function isReply(value: unknown): value is WebhookReply {
  return typeof value === "object" && value !== null && "status" in value && "contentType" in value && "body" in value;
}
