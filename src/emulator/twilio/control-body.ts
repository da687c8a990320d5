// Callee scripts and faults as they come in over the emulator's own HTTP interface, checked.
import { ControlError, isFaultOf, isListOf, isObject } from "../control-request.ts";
import { isMediaFault } from "../media/control-faults.ts";
import type { CalleeScript } from "./callee.ts";
import type { RestFault, TwilioFaults, WebhookFault } from "./faults.ts";

/** A callee script. Throws `ControlError`. */
export function calleeIn(value: unknown): CalleeScript {
  if (!isObject(value) || !isCallee(value)) {
    throw new ControlError(400, 'callee: { ringMs, outcome, utterances, reply: "echo", … }');
  }
  return value;
}

const OUTCOMES = new Set<unknown>([undefined, "answer", "busy", "no-answer", "fail"]);
const HANG_UPS = new Set<unknown>([undefined, "say", "gather", "pause"]);

function isCallee(value: Record<string, unknown>): value is Record<string, unknown> & CalleeScript {
  const { utterances = [], reply, outcome, hangUpDuring } = value;
  const numbers = [value["ringMs"], value["hangUpAfterMs"], value["hangUpAfterTurns"]];
  return (
    Array.isArray(utterances) &&
    utterances.every(isUtterance) &&
    (reply === undefined || reply === "echo") &&
    OUTCOMES.has(outcome) &&
    HANG_UPS.has(hangUpDuring) &&
    numbers.every((number) => number === undefined || typeof number === "number")
  );
}

function isUtterance(value: unknown): boolean {
  return (
    typeof value === "string" ||
    (isObject(value) && (typeof value["text"] === "string" || typeof value["digits"] === "string"))
  );
}

/** The faults of a body. Throws `ControlError`. */
export function faultsIn(body: Record<string, unknown>): TwilioFaults {
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
  ["hold-until", ["event"]],
  ["concurrent", []],
]);

function isRestFault(value: unknown): value is RestFault {
  return isFaultOf(REST_FAULTS, value);
}

function isWebhookFault(value: unknown): value is WebhookFault {
  return isFaultOf(WEBHOOK_FAULTS, value);
}
