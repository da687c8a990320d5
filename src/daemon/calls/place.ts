// Placing a call: the checks before a dial, and the promise that one request id dials once.
import { createHash } from "node:crypto";
import type { CallMode, PlaceCommand } from "../../call/command.ts";
import { CallError } from "../../call/error.ts";
import type { CallEvent, CallRoute, StoredEvent } from "../../call/event.ts";
import { parsePhoneNumber } from "../../call/phone-number.ts";
import { admitOutbound } from "../../call/policy.ts";
import { agentOfSession, sessionKeyOf } from "../../call/session-key.ts";
import type { Carrier } from "../carriers/carrier.ts";
import { awaitLog } from "./await-log.ts";
import type { CallPorts } from "./ports.ts";
import type { CallSettings } from "./settings.ts";

const placedWithinMs = 20_000;

export class Placing {
  readonly #ports: CallPorts;
  /** Requests whose first event is not stored yet, so that two at once dial once. */
  readonly #storing = new Map<string, { digest: string; callId: Promise<string> }>();

  constructor(ports: CallPorts) {
    this.#ports = ports;
  }

  /** Settles with the call's id when the carrier has taken the dial order, or its outcome is unknown. */
  async place(command: PlaceCommand, signal: AbortSignal): Promise<string> {
    const digest = digestOf(command);
    const callId = await (this.#repeated(command.requestId, digest) ?? this.#begin(command, digest));
    const { store, clock } = this.#ports;
    await awaitLog({
      store,
      clock,
      callId,
      after: 0,
      pick: (event) => dialled(event, callId),
      signal,
      timeoutMs: placedWithinMs,
    });
    return callId;
  }

  #repeated(requestId: string | undefined, digest: string): Promise<string> | undefined {
    if (requestId === undefined) return undefined;
    const known = this.#storing.get(requestId) ?? this.#ports.store.findRequest(requestId);
    if (known === undefined) return undefined;
    if (known.digest === digest) return Promise.resolve(known.callId);
    throw new CallError("REQUEST_CONFLICT", "this request id already placed another call", {
      hint: "use a new request id for a new call; the same one only with the same content",
    });
  }

  /** Known as being stored before anything is waited for, so that the same order at the same time finds it. */
  #begin(command: PlaceCommand, digest: string): Promise<string> {
    const { requestId } = command;
    const begun = this.#dial(command, digest);
    if (requestId === undefined) return begun;
    this.#storing.set(requestId, { digest, callId: begun });
    return begun.finally(() => this.#storing.delete(requestId));
  }

  async #dial(command: PlaceCommand, digest: string): Promise<string> {
    const { registry, newId } = this.#ports;
    const settings = await this.#ports.settings();
    const carrier = this.#ports.carriers.get(settings.carrier);
    if (carrier === undefined)
      throw new CallError("CONFIG_INVALID", `the carrier ${settings.carrier} is not configured`);
    const order = checked(command, settings, carrier);
    admitOutbound({
      liveCalls: registry.liveCalls,
      maxConcurrentCalls: settings.maxConcurrentCalls,
      draining: this.#ports.draining(),
    });
    const { requestId } = command;
    const actor = registry.create(newId("call"), requestId === undefined ? {} : { request: { id: requestId, digest } });
    try {
      const { agentId } = command;
      await actor.begin(requested(order, { settings, carrier, callId: actor.callId, agentId }));
    } catch (error) {
      registry.drop(actor);
      throw error;
    }
    return actor.callId;
  }
}

interface Placement {
  settings: CallSettings;
  carrier: Carrier;
  callId: string;
  /** The order's own choice. */
  agentId: string | undefined;
}

function requested(order: CheckedOrder, placement: Placement): CallEvent<"call.requested"> {
  const { settings, carrier, callId } = placement;
  const route = routeOf(order, placement);
  const { pairing: _pairing, busy: _busy, ...phrases } = settings.phrases;
  const owner = { scope: settings.sessionScope, agentId: route.agentId, remote: order.to, callId };
  return {
    type: "call.requested",
    carrier: carrier.name,
    from: settings.fromNumber,
    limits: settings.limits,
    phrases,
    route,
    traits: carrier.traits({
      mode: order.mode,
      message: order.message,
      streams: streamsOn(order.mode, carrier, settings),
    }),
    ...(settings.onVoicemail !== undefined && { onVoicemail: settings.onVoicemail }),
    sessionKey: sessionKeyOf(owner),
    ...order,
  };
}

/** Without anybody to hear the caller there is no conversation over a stream: the carrier's own speech holds it. */
export function streamsOn(mode: CallMode, { capabilities, media }: Carrier, { streams, hears }: CallSettings): boolean {
  return streams && capabilities.streams && (mode === "notify" || hears || media?.hears === true);
}

/** A wish that cannot be met is refused before anybody is called; as a habit it is met where it can be. */
function recorded(wish: boolean | undefined, isPossible: boolean, settings: CallSettings): boolean {
  if (wish === true && !isPossible) {
    throw new CallError("UNSUPPORTED", "only a call on a media stream can be recorded", {
      hint: "set `streaming.enabled: true`, or place the call without recording it",
    });
  }
  return isPossible && (wish ?? settings.records);
}

/** The order's own agent wins, then the one that its session names, then the configured one. */
function routeOf({ sessionKey = "" }: CheckedOrder, { settings, agentId }: Placement): CallRoute {
  const { tools: _ofInboundCalls, ...route } = settings.line("").route;
  const chosen = agentId ?? agentOfSession(sessionKey);
  return chosen === undefined ? route : { ...route, agentId: chosen };
}

type CheckedOrder = Pick<
  CallEvent<"call.requested">,
  "to" | "mode" | "message" | "dtmfSequence" | "requestId" | "sessionKey" | "requesterSessionKey" | "recording"
>;

function checked(command: PlaceCommand, settings: CallSettings, carrier: Carrier): CheckedOrder {
  const mode = command.mode ?? settings.defaultMode;
  const { message, dtmfSequence, requestId, sessionKey, requesterSessionKey } = command;
  const number = command.to ?? settings.toNumber;
  if (number === undefined) {
    throw new CallError("INVALID_INPUT", "no number to call", {
      hint: "give `--to +15555550123`, or set `toNumber` in the configuration",
    });
  }
  checkMessage(mode, message, carrier);
  return {
    to: parsePhoneNumber(number, command.to === undefined ? "toNumber" : "the number to call"),
    mode,
    ...(message !== undefined && { message }),
    ...(dtmfSequence !== undefined && { dtmfSequence }),
    ...(requestId !== undefined && { requestId }),
    ...(sessionKey !== undefined && { sessionKey }),
    ...(requesterSessionKey !== undefined && { requesterSessionKey }),
    ...(recorded(command.record, streamsOn(mode, carrier, settings), settings) && { recording: true }),
  };
}

function checkMessage(mode: CallMode, message: string | undefined, { name, capabilities }: Carrier): void {
  if (mode === "notify" && message === undefined) {
    throw new CallError("INVALID_INPUT", "a notify call needs a message to speak", {
      hint: "give `--message`, or `--mode conversation`",
    });
  }
  if (message !== undefined && message.length > capabilities.maxTextLength) {
    throw new CallError(
      "INVALID_INPUT",
      `the message has ${message.length} characters; ${name} speaks at most ${capabilities.maxTextLength}`,
    );
  }
}

/** True once the carrier has the order (or may have it); throws its refusal. */
function dialled(event: StoredEvent, callId: string): true | undefined {
  if (event.type === "call.placed" || event.type === "dial.unconfirmed") return true;
  if (event.type !== "call.ended") return undefined;
  const { carrierCode, hint } = event;
  const message = event.message ?? `the call ended at once (${event.reason})`;
  throw new CallError("CARRIER_REFUSED", message, { callId, carrierCode, hint });
}

function digestOf(command: PlaceCommand): string {
  const { to, message, mode, dtmfSequence, sessionKey, requesterSessionKey, agentId, record } = command;
  return createHash("sha256")
    .update(JSON.stringify([to, message, mode, dtmfSequence, sessionKey, requesterSessionKey, agentId, record]))
    .digest("hex");
}
