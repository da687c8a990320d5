// Callee scripts and faults as they come in over the emulator's own HTTP interface, checked.
import { ControlError, isFaultOf, isListOf, isObject } from "../control-request.ts";
import { isMediaFault } from "../media/control-faults.ts";
import type { CalleeScript } from "./callee.ts";
import type { RestFault, TelnyxFaults, WebhookFault } from "./faults.ts";

/** A callee script. Throws `ControlError`. */
export function calleeIn(value: unknown): CalleeScript {
  if (!isObject(value) || !isCallee(value)) {
    throw new ControlError(400, 'callee: { ringMs, outcome, utterances, reply: "echo", … }');
  }
  return value;
}

const CHOICES: ReadonlyMap<string, ReadonlySet<unknown>> = new Map([
  ["outcome", new Set<unknown>([undefined, "answer", "busy", "no-answer", "reject", "fail"])],
  ["hangUpDuring", new Set<unknown>([undefined, "speak", "turn"])],
  ["answeredBy", new Set<unknown>([undefined, "human", "machine", "not_sure"])],
  ["reply", new Set<unknown>([undefined, "echo"])],
]);
const NUMBERS = ["ringMs", "patienceMs", "hangUpAfterMs", "hangUpAfterTurns"];

function isCallee(value: Record<string, unknown>): value is Record<string, unknown> & CalleeScript {
  const { utterances = [] } = value;
  return (
    Array.isArray(utterances) &&
    utterances.every(isUtterance) &&
    [...CHOICES].every(([name, choices]) => choices.has(value[name])) &&
    NUMBERS.every((name) => value[name] === undefined || typeof value[name] === "number")
  );
}

function isUtterance(value: unknown): boolean {
  if (!isObject(value)) {
    return typeof value === "string";
  }
  const { text, digits, pieces = [] } = value;
  return isListOf(pieces, isPiece) && (typeof text === "string" || typeof digits === "string");
}

function isPiece(value: unknown): value is unknown {
  return isObject(value) && typeof value["text"] === "string" && typeof value["isFinal"] === "boolean";
}

/** The faults of a body. Throws `ControlError`. */
export function faultsIn(body: Record<string, unknown>): TelnyxFaults {
  const { rest = [], webhooks = [], media = [] } = body;
  if (!isListOf(rest, isRestFault) || !isListOf(webhooks, isWebhookFault) || !isListOf(media, isMediaFault)) {
    throw new ControlError(400, "faults: { rest: [{ fault, on?, times? }], webhooks: […], media: […] }");
  }
  return { rest, webhooks, media };
}

/** Fields that a fault must carry beside its name, by kind of fault. */
const REST_FAULTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["delay", ["ms"]],
  ["drop-reply", []],
  ["reset", []],
  ["webhook-first", []],
  ["refuse", ["code"]],
  ["html", ["status"]],
]);
const WEBHOOK_FAULTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["duplicate", ["copies", "afterMs"]],
  ["delay", ["ms"]],
  ["lose", []],
  ["wrong-signature", []],
  ["stale", ["seconds"]],
  ["ignore-reply", []],
  ["hold-until", ["event"]],
]);

function isRestFault(value: unknown): value is RestFault {
  return isFaultOf(REST_FAULTS, value);
}

function isWebhookFault(value: unknown): value is WebhookFault {
  return isFaultOf(WEBHOOK_FAULTS, value);
}
