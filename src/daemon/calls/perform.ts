// Carries out one effect through the carrier and tells the call what came of it.
import { CallError } from "../../call/error.ts";
import type { CallEvent } from "../../call/event.ts";
import { decideFact, decideRefusal } from "../../call/decide-fact.ts";
import type { CallEffect } from "../../call/effect.ts";
import type { CarrierFact } from "../../call/fact.ts";
import type { CallState } from "../../call/state.ts";
import type { Carrier, DialOrder, DigitsOrder, Leg, LookUpOutcome } from "../carriers/carrier.ts";
import type { Clock, Log } from "../deps.ts";
import type { EventStore } from "../store/event-store.ts";
import type { CallActor, Decision } from "./actor.ts";
import type { Carriers } from "./carriers.ts";
import type { CallMedia } from "./media.ts";
import type { CallRegistry } from "./registry.ts";

/** No carrier keeps a call up for longer. */
const longestCallMs = 5 * 3_600_000;

export interface PerformPorts {
  carriers: Carriers;
  store: EventStore;
  log: Log;
  clock: Clock;
  registry: CallRegistry;
  media: CallMedia;
}

/** Settles when the effect's outcome is stored. Never rejects: every failure becomes an event of the call. */
export async function perform(effect: CallEffect, actor: CallActor, ports: PerformPorts): Promise<void> {
  const { state } = actor;
  if (state === undefined || (state.phase.name === "ended" && effect.type !== "reject")) return;
  await record(await outcomeOf(effect, state, { actor, ports }), actor, ports);
}

async function outcomeOf(
  effect: CallEffect,
  state: CallState,
  { actor, ports }: Pick<Order, "actor" | "ports">,
): Promise<Decision[]> {
  try {
    const carrier = ports.carriers.get(state.carrier);
    if (carrier === undefined) throw notConfigured(state.carrier);
    return await run(effect, { state, carrier, actor, ports });
  } catch (error) {
    return failed(effect, error, { actor, log: ports.log });
  }
}

const firstRetryMs = 250;
const longestRetryMs = 10_000;

/** What the carrier has done is true whether or not it can be written down now: a full or locked store is tried again. */
async function record(decisions: Decision[], actor: CallActor, { clock, log }: PerformPorts): Promise<void> {
  if (decisions.length === 0) return;
  for (let waitMs = firstRetryMs; ; waitMs = Math.min(2 * waitMs, longestRetryMs)) {
    try {
      await actor.tell(decisions);
      return;
    } catch (error) {
      log.error(
        { callId: actor.callId, error: String(error) },
        "the outcome of an order could not be stored; it is tried again",
      );
    }
    if (actor.signal.aborted) return;
    await new Promise<void>((resolve) => clock.after(waitMs, resolve));
  }
}

interface Order {
  state: CallState;
  carrier: Carrier;
  actor: CallActor;
  ports: PerformPorts;
}

async function run(effect: CallEffect, order: Order): Promise<Decision[]> {
  const { carrier, state, actor, ports } = order;
  const { signal } = actor;
  switch (effect.type) {
    case "dial":
      return [placed((await carrier.dial(dialOrder(state), signal)).carrierCallId, "reply")];
    case "lookUp":
      // Nobody has to be asked about a leg that is being heard.
      if (ports.media.isHeard(state.callId)) return [unlessOver({ type: "carrier.noted", what: "its audio comes in" })];
      return reported(await lookUp(order), state);
    case "speak":
      await speak(effect, order);
      return [fact({ type: "started", utteranceId: effect.utteranceId })];
    case "listen":
      // On a media stream our ear is open all the time.
      if (!state.traits.streams) await carrier.listen(legOf(state), effect.turn, signal);
      return [];
    case "attach":
      await attach(order);
      return [];
    case "detach":
      await carrier.media?.detach(legOf(state), signal);
      return [];
    case "sendDigits":
      await carrier.sendDigits(legOf(state), digitsOrder(effect, order), signal);
      return [digitsSent(effect)];
    case "hangUp":
      return [await hangUp(order)];
    case "answer":
      await carrier.answer(legOf(state), signal);
      return [];
    case "reject":
      // The call is over for us already, so its own signal is aborted.
      await carrier.reject(legOf(state), effect.busy, new AbortController().signal);
      return [];
  }
}

async function attach({ carrier: { media }, state, actor, ports }: Order): Promise<void> {
  const { callId, carrierCallId } = state;
  const socket = await media?.attach(legOf(state), () => ports.media.streamUrl(callId), actor.signal);
  if (socket !== undefined && media !== undefined) ports.media.take(callId, socket, { media, carrierCallId });
}

function speak(effect: Extract<CallEffect, { type: "speak" }>, { carrier, state, actor, ports }: Order): Promise<void> {
  return state.traits.streams
    ? ports.media.speak(state.callId, effect, actor.signal)
    : carrier.speak(legOf(state), effect, actor.signal);
}

type DigitsEffect = Extract<CallEffect, { type: "sendDigits" }>;

/** Where sending digits ends the stream, a new one opens behind them. */
function digitsOrder({ digits, turn }: DigitsEffect, { state, ports }: Order): DigitsOrder {
  return {
    digits,
    ...(turn !== undefined && { turn }),
    ...(state.traits.streams && { streamUrl: ports.media.streamUrl(state.callId) }),
  };
}

export function digitsSent({ digitsId }: DigitsEffect): Decision {
  return unlessOver({ type: "digits.sent", digitsId });
}

async function hangUp({ carrier, state, actor }: Order): Promise<Decision> {
  const outcome = await carrier.hangUp(legOf(state), actor.signal);
  return outcome === "already-over"
    ? fact({ type: "over", outcome: "completed" })
    : unlessOver({ type: "hangUp.accepted" });
}

function dialOrder(state: CallState): DialOrder {
  const [opening] = state.traits.inlineOpening ? state.queue : [];
  return {
    callId: state.callId,
    from: state.from,
    to: state.to,
    mode: state.mode,
    ringTimeoutMs: state.limits.ringTimeoutMs,
    maxDurationMs: state.limits.maxDurationMs,
    detectMachine: state.voicemail !== undefined,
    ...(opening !== undefined && { opening: { utteranceId: opening.utteranceId, text: opening.text } }),
    ...(state.dtmfSequence !== undefined && { dtmfSequence: state.dtmfSequence }),
  };
}

function legOf(state: CallState): Leg {
  if (state.carrierCallId === undefined)
    throw new CallError("CALL_NOT_LIVE", "the carrier has not given the call an id yet");
  return { callId: state.callId, carrierCallId: state.carrierCallId };
}

async function lookUp({ carrier, state, actor, ports }: Order): Promise<LookUpOutcome> {
  if (state.carrierCallId !== undefined) return carrier.lookUp(legOf(state), actor.signal);
  // With two such dials open nobody can tell whose leg is whose; their webhooks can, for they carry our ids.
  if (ports.registry.rivals(state).length > 0) return { leg: "missing" };
  const taken = ports.store.carrierIdsSince(state.startedAt - longestCallMs);
  const { from, to, startedAt } = state;
  const found = await carrier.findLost({ from, to, dialledAt: startedAt, taken }, actor.signal);
  const owner = found.leg === "missing" ? undefined : ports.registry.find(found.carrierCallId ?? "");
  const another = owner !== undefined && owner !== actor;
  return another || ports.registry.rivals(state).length > 0 ? { leg: "missing" } : found;
}

function reported(outcome: LookUpOutcome, state: CallState): Decision[] {
  const found = outcome.leg === "missing" ? undefined : outcome.carrierCallId;
  const report: CarrierFact = { type: "reported", ...outcome };
  // Not found by its numbers says nothing of a leg that made itself known meanwhile.
  const isLost = outcome.leg === "missing" && state.carrierCallId === undefined;
  if (isLost) return [(now, at) => (now.carrierCallId === undefined ? decideFact(now, report, at) : [])];
  return [...(found === undefined ? [] : [placed(found, "lookup", state.carrierCallId)]), fact(report)];
}

/** A carrier id is learned once; another one for the same call is only noted, never followed. */
export function placed(carrierCallId: string, source: "reply" | "webhook" | "lookup", former?: string): Decision {
  return (state) => {
    if (state.carrierCallId === carrierCallId) return [];
    if (state.carrierCallId !== undefined && state.carrierCallId !== former)
      return [{ type: "carrier.noted", what: "another carrier id for the same call" }];
    return state.phase.name === "ended" ? [] : [{ type: "call.placed", carrierCallId, source }];
  };
}

export function fact(carrierFact: CarrierFact): Decision {
  return (state, at) => decideFact(state, carrierFact, at);
}

export function unlessOver(event: CallEvent): Decision {
  return (state) => (state.phase.name === "ended" ? [] : [event]);
}

function notConfigured(name: string): CallError {
  return new CallError("CONFIG_INVALID", `the carrier ${name} is not configured any more`, {
    hint: "restore its section of the configuration so that its calls can be looked after",
  });
}

function failed(effect: CallEffect, error: unknown, { actor, log }: { actor: CallActor; log: Log }): Decision[] {
  const refusal = refusalOf(error);
  if (refusal.code === "ABORTED") return [];
  const { code, carrierCode, message } = refusal;
  log.warn({ callId: actor.callId, effect: effect.type, code, carrierCode, message }, "an order failed");
  const decision = outcomeOfFailure(effect, refusal);
  return decision === undefined ? [] : [decision];
}

/** What is no CallError is a defect of ours; its text could hold anything, so only its name is kept. */
function refusalOf(error: unknown): CallError {
  if (error instanceof CallError) return error;
  return new CallError("INTERNAL", `internal error (${error instanceof Error ? error.name : typeof error})`);
}

function outcomeOfFailure(effect: CallEffect, { code, message, hint, carrierCode }: CallError): Decision | undefined {
  const why = { message, ...(carrierCode !== undefined && { carrierCode }) };
  switch (effect.type) {
    case "dial":
      if (code === "OUTCOME_UNKNOWN") return dialUnconfirmed(message);
      return fact({ type: "over", outcome: "failed", ...why, ...(hint !== undefined && { hint }) });
    case "lookUp":
      return fact({ type: "reported", leg: "unreachable" });
    case "speak":
      return (state) => decideRefusal(state, { type: "utterance.failed", utteranceId: effect.utteranceId, ...why });
    case "listen":
      return (state) => decideRefusal(state, { type: "listening.failed", turn: effect.turn, ...why });
    case "sendDigits":
      return unlessOver({ type: "digits.failed", digitsId: effect.digitsId, ...why });
    case "hangUp":
      return unlessOver({ type: "hangUp.failed", ...why });
    case "answer":
      // The answer may have arrived all the same: the leg is ended, not forgotten.
      return unlessOver({ type: "hangUp.requested", reason: "error" });
    case "attach":
      return fact({ type: "streamOver", message });
    case "detach":
    case "reject":
      return undefined;
  }
}

function dialUnconfirmed(message: string): Decision {
  return (state) =>
    state.phase.name === "requested" && state.carrierCallId === undefined
      ? [{ type: "dial.unconfirmed", message }]
      : [];
}
