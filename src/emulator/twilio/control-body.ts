// The JSON bodies of the emulator's own HTTP interface, checked.
import type { HttpRequest } from "../loopback-server.ts";
import type { CalleeScript } from "./callee.ts";
import type { RestFault, TwilioFaults, WebhookFault } from "./faults.ts";

/** A request that cannot be served, with the status that says why. */
export class ControlError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "ControlError";
    this.status = status;
  }
}

/** The body as a JSON object; an empty body is an empty one. Throws `ControlError`. */
export function bodyOf(request: HttpRequest): Record<string, unknown> {
  const value = request.body.length === 0 ? {} : parsed(request.body.toString());
  if (!isObject(value)) {
    throw new ControlError(400, "the body must be a JSON object");
  }
  return value;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ControlError(400, "the body is not JSON");
  }
}

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
  const { rest = [], webhooks = [] } = body;
  if (!isListOf(rest, isRestFault) || !isListOf(webhooks, isWebhookFault)) {
    throw new ControlError(400, "faults: { rest: [{ fault, on?, times? }], webhooks: […] }");
  }
  return { rest, webhooks };
}

function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(isItem);
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

function isFaultOf(kinds: ReadonlyMap<unknown, readonly string[]>, value: unknown): boolean {
  return isObject(value) && (kinds.get(value["fault"])?.every((name) => name in value) ?? false);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that must be there. Throws `ControlError`. */
export function text(body: Record<string, unknown>, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined || value === "") {
    throw new ControlError(400, `${name} is missing`);
  }
  return value;
}

/** A field that may be absent. Throws `ControlError` when it is not text. */
export function optionalText(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  if (value !== undefined && typeof value !== "string") {
    throw new ControlError(400, `${name} must be text`);
  }
  return value;
}
