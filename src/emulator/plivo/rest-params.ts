// The JSON parameters of Plivo's call requests, checked as Plivo checks them.
import type { HttpRequest } from "../loopback-server.ts";
import type { CallPlan, MachineDetection } from "./call.ts";
import type { Address } from "./callbacks.ts";
import { RestError } from "./rest-error.ts";

export type PlacedCall = Omit<CallPlan, "callUuid" | "requestUuid" | "direction" | "callee">;
export type Params = Readonly<Record<string, unknown>>;

const PHONE_NUMBER = /^\+?[1-9]\d{6,14}$/;
const DEFAULT_RING_SECONDS = 120;
const DEFAULT_LIMIT_SECONDS = 14_400;
const DETECTION_MS = { min: 2000, max: 10_000, otherwise: 5000 };

/** The parameters of a request with a body. Throws `RestError`. */
export function paramsOf(request: HttpRequest): Params {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    throw new RestError(415);
  }
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString());
  } catch {
    throw new RestError(400, "invalid json");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RestError(400, "invalid json");
  }
  return Object.fromEntries(Object.entries(value));
}

/** What a create request asks for: one call, several destinations at once are not emulated. Throws `RestError`. */
export function placedCall(params: Params): PlacedCall {
  const answer = address(params, "answer");
  if (answer === null) {
    throw new RestError(400, "answer_url parameter not present");
  }
  return {
    to: phoneNumber(params, "to"),
    from: phoneNumber(params, "from"),
    callerName: text(params, "caller_name"),
    answer,
    fallback: address(params, "fallback"),
    ring: address(params, "ring"),
    hangup: address(params, "hangup"),
    ringSeconds: count(params, "ring_timeout", { min: 1, max: 600, otherwise: DEFAULT_RING_SECONDS }),
    limitSeconds: count(params, "time_limit", { min: 1, max: 86_400, otherwise: DEFAULT_LIMIT_SECONDS }),
    sendDigits: text(params, "send_digits"),
    detection: detection(params),
  };
}

/** Where a transfer sends the first leg. Throws `RestError`. */
export function transferAddress(params: Params): Address {
  const legs = text(params, "legs") || "aleg";
  if (legs !== "aleg") {
    throw new RestError(400, `legs parameter must be aleg, there is no other leg: ${legs}`);
  }
  const aleg = address(params, "aleg");
  if (aleg === null) {
    throw new RestError(400, "aleg_url parameter not present");
  }
  return aleg;
}

/** The keys of a DTMF request. Throws `RestError`. */
export function digitsIn(params: Params): string {
  const digits = text(params, "digits");
  if (!/^[0-9*#A-DwW]+$/.test(digits)) {
    throw new RestError(400, "digits parameter not valid");
  }
  return digits;
}

function detection(params: Params): MachineDetection | null {
  const wanted = text(params, "machine_detection");
  if (wanted !== "true" && wanted !== "hangup") {
    return null;
  }
  return {
    ifMachine: wanted === "hangup" ? "hangup" : "continue",
    maxMs: count(params, "machine_detection_time", DETECTION_MS),
    address: address(params, "machine_detection"),
  };
}

function phoneNumber(params: Params, name: "to" | "from"): string {
  const number = text(params, name);
  if (number === "") {
    throw new RestError(400, `${name} parameter not present`);
  }
  if (!PHONE_NUMBER.test(number)) {
    throw new RestError(400, `${name} parameter is not a valid phone number`);
  }
  return number;
}

function address(params: Params, prefix: string): Address | null {
  const url = text(params, `${prefix}_url`);
  if (url === "") {
    return null;
  }
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new RestError(400, `${prefix}_url parameter is not a valid URL`);
  }
  return { url, method: text(params, `${prefix}_method`).toUpperCase() === "GET" ? "GET" : "POST" };
}

/** Text or number as text; empty when absent. */
function text(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined || value === null) {
    return "";
  }
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    throw new RestError(400, `${name} parameter not valid`);
  }
  return String(value);
}

function count(
  params: Params,
  name: string,
  range: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  const given = text(params, name);
  if (given === "") {
    return range.otherwise;
  }
  const value = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= range.min && value <= range.max)) {
    throw new RestError(400, `${name} parameter not valid`);
  }
  return value;
}
