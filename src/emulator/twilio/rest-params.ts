// The form parameters of "create call" and "update call", checked as Twilio checks them.
import type { Address, CallPlan, Source } from "./call.ts";
import type { StatusEvent } from "./faults.ts";
import { RestError } from "./rest-error.ts";
import type { StatusSubscription } from "./status-callbacks.ts";

const MAX_TWIML_CHARACTERS = 4000;
const MAX_RING_SECONDS = 600;
const DEFAULT_RING_SECONDS = 60;
const DEFAULT_LIMIT_SECONDS = 14_400;
const PHONE_NUMBER = /^\+[1-9]\d{6,14}$/;
const EVENTS: readonly StatusEvent[] = ["initiated", "ringing", "answered", "completed"];

/** What a create request asks for. Throws `RestError`. */
export function placedCall(form: URLSearchParams): Omit<CallPlan, "sid" | "direction" | "callee"> {
  const to = required(form, "To", 21201);
  const from = required(form, "From", 21213);
  if (!PHONE_NUMBER.test(to)) {
    throw new RestError(21211);
  }
  if (!PHONE_NUMBER.test(from)) {
    throw new RestError(21212);
  }
  const ringSeconds = seconds(form.get("Timeout"), DEFAULT_RING_SECONDS);
  if (ringSeconds > MAX_RING_SECONDS) {
    throw new RestError(21208);
  }
  const first = sourceIn(form);
  if (first === null) {
    throw new RestError(21205);
  }
  return {
    to,
    from,
    first,
    fallback: addressIn(form, "Fallback"),
    statusCallback: subscriptionIn(form),
    ringSeconds,
    limitSeconds: seconds(form.get("TimeLimit"), DEFAULT_LIMIT_SECONDS),
    sendDigits: form.get("SendDigits") ?? "",
    detection: detectionIn(form),
  };
}

/** The document named by `Twiml` or `Url`; null when there is neither. Throws `RestError`. */
export function sourceIn(form: URLSearchParams): Source | null {
  const twiml = form.get("Twiml");
  if (twiml !== null && twiml !== "") {
    if (twiml.length > MAX_TWIML_CHARACTERS) {
      throw new RestError(32018);
    }
    return { kind: "pushed", twiml };
  }
  const address = addressIn(form, "");
  return address === null ? null : { ...address, kind: "voice", fields: [] };
}

function subscriptionIn(form: URLSearchParams): StatusSubscription | null {
  const url = form.get("StatusCallback");
  if (url === null || url === "") {
    return null;
  }
  // Several events come as a repeated key; Twilio also takes them in one value, separated by spaces.
  const named = new Set(form.getAll("StatusCallbackEvent").flatMap((value) => value.split(" ")));
  const events = EVENTS.filter((event) => named.has(event));
  return {
    url: checkedUrl(url),
    method: methodIn(form, "StatusCallbackMethod"),
    events: events.length === 0 ? ["completed"] : events,
  };
}

function detectionIn(form: URLSearchParams): CallPlan["detection"] {
  if (!/^(?:Enable|DetectMessageEnd)$/.test(form.get("MachineDetection") ?? "")) {
    return "off";
  }
  if (form.get("AsyncAmd") !== "true") {
    return "before-document";
  }
  const url = form.get("AsyncAmdStatusCallback");
  return url === null ? "off" : { url: checkedUrl(url), method: methodIn(form, "AsyncAmdStatusCallbackMethod") };
}

function addressIn(form: URLSearchParams, prefix: "" | "Fallback"): Address | null {
  const url = form.get(`${prefix}Url`);
  return url === null || url === "" ? null : { url: checkedUrl(url), method: methodIn(form, `${prefix}Method`) };
}

function checkedUrl(url: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new RestError(21205);
  }
  return url;
}

function methodIn(form: URLSearchParams, name: string): "GET" | "POST" {
  return form.get(name)?.toUpperCase() === "GET" ? "GET" : "POST";
}

function required(form: URLSearchParams, name: string, code: number): string {
  const value = form.get(name);
  if (value === null || value === "") {
    throw new RestError(code);
  }
  return value;
}

function seconds(text: string | null, otherwise: number): number {
  if (text === null) {
    return otherwise;
  }
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new RestError(21208);
  }
  return Number(text);
}
