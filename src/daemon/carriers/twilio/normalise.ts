// A verified Twilio webhook in our words: which call it is about, what is now true, and whether Twilio waits for a document.
import { CallError } from "../../../call/error.ts";
import type { CarrierFact } from "../../../call/fact.ts";
import type { Webhook } from "../carrier.ts";
import type { Fields } from "../form.ts";
import { hintFor } from "./refusal.ts";
import { type LegStatus, legStatus } from "./statuses.ts";

interface WebhookFields {
  /** Of the request target: what we put into the URL. */
  query: Fields;
  /** Of the body: what Twilio says. */
  form: Fields;
}

/** Fields that decide something; twice the same one means that two readers could disagree. */
const decisive = {
  query: new Set(["callId", "kind", "turn", "utterance", "step", "type"]),
  form: new Set(
    ["CallSid", "CallStatus", "CallbackSource", "Direction", "From", "To", "AnsweredBy"].concat(
      ["SpeechResult", "Confidence", "Digits", "SequenceNumber"],
      ["SipResponseCode", "ErrorCode"],
    ),
  ),
};

/**
 * Reads a webhook whose signature is right (Twilio: "Voice request parameters", "StatusCallback", "Gather action").
 * @throws CallError `INVALID_INPUT` when it names no call, or a decisive field twice.
 */
export function normalise(fields: WebhookFields): Omit<Webhook, "key"> {
  const { query, form } = fields;
  const twice = query.repeated(decisive.query) ?? form.repeated(decisive.form);
  if (twice !== undefined) throw new CallError("INVALID_INPUT", `the webhook holds ${twice} more than once`);
  const carrierCallId = form.get("CallSid");
  if (carrierCallId === undefined) throw new CallError("INVALID_INPUT", "the webhook holds no CallSid");
  const callId = query.get("callId");
  return { carrierCallId, ...(callId !== undefined && { callId }), ...content(fields) };
}

function content({ query, form }: WebhookFields): Pick<Webhook, "facts" | "wantsDocument"> {
  const status = legStatus(form.get("CallStatus"));
  if (query.get("kind") === "detected") return { facts: [detected(form)], wantsDocument: false };
  if (isStatusCallback({ query, form })) return { facts: statusFacts(status, form), wantsDocument: false };
  if (status?.leg === "ended")
    return { facts: [...heard(query.get("turn"), form), over(status.outcome, form)], wantsDocument: false };
  return { facts: questionFacts(query, form), wantsDocument: true };
}

function isStatusCallback({ query, form }: WebhookFields): boolean {
  return (
    query.get("kind") === "status" ||
    query.get("type") === "status" ||
    form.get("CallbackSource") === "call-progress-events"
  );
}

function statusFacts(status: LegStatus | undefined, form: Fields): CarrierFact[] {
  const name = form.get("CallStatus") ?? "none";
  if (status === undefined) return [{ type: "noted", what: `unknown call status: ${name.slice(0, 40)}` }];
  if (status.leg === "ended") return [over(status.outcome, form)];
  if (status.leg === "live") return [answered(form)];
  return name === "ringing" ? [{ type: "ringing" }] : [];
}

function questionFacts(query: Fields, form: Fields): CarrierFact[] {
  const utterance = query.get("utterance");
  const played: CarrierFact[] = utterance === undefined ? [] : [{ type: "played", utteranceId: utterance }];
  const ready: CarrierFact = { type: "ready" };
  const kind = query.get("kind");
  switch (kind) {
    case "answer":
      return [answered(form), ready];
    case "said":
      // The opening may play without us, and its end may arrive before the status callback of the answer.
      return [...(utterance === "u1" ? [answered(form)] : []), ...played, ready];
    case "turn":
      return [...played, ...turnFacts(query.get("turn"), form), ready];
    case "hold":
      // Stored, so that the next URL differs from this one.
      return [{ type: "noted", what: "the carrier asked what to do next" }, ready];
    case "stream":
      return [{ type: "streamOver" }];
    case undefined:
      return uninvited(form);
    default:
      return [{ type: "noted", what: `unknown kind of webhook: ${kind.slice(0, 40)}` }, ready];
  }
}

/** The verdict of the detection that was asked for with the dial. */
function detected(form: Fields): CarrierFact {
  const verdict = form.get("AnsweredBy") ?? "";
  if (verdict === "human") return { type: "detected", who: "human", greetingOver: false };
  if (verdict === "fax" || verdict === "machine_start")
    return { type: "detected", who: "machine", greetingOver: false };
  if (verdict.startsWith("machine_end")) return { type: "detected", who: "machine", greetingOver: true };
  return { type: "detected", who: "unknown", greetingOver: false };
}

/** A voice request without our query: somebody calls our number, or a call that was not placed by us asks for orders. */
function uninvited(form: Fields): CarrierFact[] {
  if (form.get("Direction") !== "inbound")
    return [{ type: "noted", what: "a voice request for a call that we did not place" }];
  return [{ type: "incoming", from: form.get("From") ?? "", to: form.get("To") ?? "" }, { type: "ready" }];
}

function turnFacts(turn: string | undefined, form: Fields): CarrierFact[] {
  const facts = heard(turn, form);
  return facts.length > 0 ? facts : [{ type: "silent", ...(turn !== undefined && { turn }) }];
}

/** What the caller said or pressed, if anything. */
function heard(turn: string | undefined, form: Fields): CarrierFact[] {
  const within = turn === undefined ? {} : { turn };
  const text = form.get("SpeechResult")?.trim() ?? "";
  const digits = form.get("Digits") ?? "";
  if (text !== "") return [{ type: "spoke", text, ...within, ...confidence(form.get("Confidence")) }];
  return digits === "" ? [] : [{ type: "pressed", digits, ...within }];
}

/** 0 to 1; Twilio leaves it out, or sends something else, for some recognisers. */
function confidence(text: string | undefined): { confidence?: number } {
  const value = Number.parseFloat(text ?? "");
  return value >= 0 && value <= 1 ? { confidence: value } : {};
}

function answered(form: Fields): CarrierFact {
  const answeredBy = form.get("AnsweredBy");
  return { type: "answered", ...(answeredBy !== undefined && { answeredBy }) };
}

type Over = Extract<CarrierFact, { type: "over" }>;

function over(outcome: Over["outcome"], form: Fields): Over {
  if (outcome !== "busy" && outcome !== "failed") return { type: "over", outcome };
  const what = outcome === "busy" ? "the callee is busy" : "the carrier could not connect the call";
  const error = form.get("ErrorCode");
  if (error !== undefined)
    return {
      type: "over",
      outcome,
      carrierCode: error,
      message: `${what} (Twilio error ${error})`,
      hint: hintFor(error),
    };
  const sip = form.get("SipResponseCode");
  if (sip !== undefined) return { type: "over", outcome, carrierCode: sip, message: `${what} (SIP response ${sip})` };
  return { type: "over", outcome };
}
