// A verified Plivo webhook in our words: which call it is about, what is now true, and whether Plivo waits for a document.
import { CallError } from "../../../call/error.ts";
import type { CarrierFact } from "../../../call/fact.ts";
import type { Webhook } from "../carrier.ts";
import type { Fields } from "../form.ts";
import { fromPlivoNumber } from "./numbers.ts";
import { legStatus, overFact } from "./statuses.ts";
import type { WebhookFields } from "./verify.ts";

/** Fields that decide something; twice the same one means that two readers could disagree. */
const decisive = {
  query: new Set(["callId", "kind", "turn", "utterance", "step"]),
  form: new Set(
    ["CallUUID", "RequestUUID", "CallStatus", "Event", "Direction", "From", "To", "Machine"].concat(
      ["InputType", "Speech", "SpeechConfidenceScore", "Digits"],
      ["HangupCauseCode"],
    ),
  ),
};

/**
 * Reads a webhook whose signature is right (Plivo: "Voice callbacks", "GetInput").
 * @throws CallError `INVALID_INPUT` when it names no call, or a decisive field twice.
 */
export function normalise(fields: WebhookFields): Omit<Webhook, "key"> {
  const { query, form } = fields;
  const twice = query.repeated(decisive.query) ?? form.repeated(decisive.form);
  if (twice !== undefined) throw new CallError("INVALID_INPUT", `the webhook holds ${twice} more than once`);
  const carrierCallId = form.get("CallUUID");
  if (carrierCallId === undefined) throw new CallError("INVALID_INPUT", "the webhook holds no CallUUID");
  const callId = query.get("callId");
  const former = form.get("Direction") === "inbound" ? undefined : form.get("RequestUUID");
  return {
    carrierCallId,
    ...(former !== undefined && former !== carrierCallId && { formerCarrierCallId: former }),
    ...(callId !== undefined && { callId }),
    ...content(fields),
  };
}

function content({ query, form }: WebhookFields): Pick<Webhook, "facts" | "wantsDocument"> {
  const status = legStatus(form.get("CallStatus"));
  const event = form.get("Event");
  if (event === "Hangup" || status?.leg === "ended") {
    const outcome = status?.leg === "ended" ? status.outcome : "completed";
    return {
      facts: [...heard(query.get("turn"), form), overFact(outcome, form.get("HangupCauseCode"))],
      wantsDocument: false,
    };
  }
  if (event === "MachineDetection" || query.get("kind") === "detected")
    return { facts: [detected(form)], wantsDocument: false };
  if (event === "Ring" || query.get("kind") === "status")
    return { facts: statusFacts(form.get("CallStatus"), event), wantsDocument: false };
  return { facts: questionFacts(query, form), wantsDocument: true };
}

/** Plivo never tells when a machine's greeting is over, and after a longer silence most machines hang up. */
const greetingMs = 10_000;

function detected(form: Fields): CarrierFact {
  return isMachine(form)
    ? { type: "detected", who: "machine", greetingOver: false, greetingMs }
    : { type: "detected", who: "human", greetingOver: false };
}

function statusFacts(status: string | undefined, event: string | undefined): CarrierFact[] {
  if (event === "Ring" || status === "ringing") return [{ type: "ringing" }];
  if (legStatus(status) !== undefined) return [];
  return [{ type: "noted", what: `unknown call status: ${(status ?? "none").slice(0, 40)}` }];
}

function questionFacts(query: Fields, form: Fields): CarrierFact[] {
  const utterance = query.get("utterance");
  const played: CarrierFact[] = utterance === undefined ? [] : [{ type: "played", utteranceId: utterance }];
  const ready: CarrierFact = { type: "ready" };
  const kind = query.get("kind");
  switch (kind) {
    case "answer":
      return [{ type: "answered", ...(isMachine(form) && { answeredBy: "machine" }) }, ready];
    case "said":
      return [...played, ready];
    case "turn":
      return [...played, ...turnFacts(query.get("turn"), form), ready];
    case "hold":
      // Stored, so that the next URL differs from this one.
      return [{ type: "noted", what: "the carrier asked what to do next" }, ready];
    case "words":
      // The reply brings them; they are not ordered again, should we die before the order's own reply is stored.
      return [...(utterance === undefined ? [] : [{ type: "started", utteranceId: utterance } as const]), ready];
    case "stream":
      return [{ type: "streamOver" }];
    case undefined:
      return uninvited(form);
    default:
      return [{ type: "noted", what: `unknown kind of webhook: ${kind.slice(0, 40)}` }, ready];
  }
}

/** A request without our query: somebody calls our number, or a call that was not placed by us asks for orders. */
function uninvited(form: Fields): CarrierFact[] {
  if (form.get("Direction") !== "inbound")
    return [{ type: "noted", what: "a voice request for a call that we did not place" }];
  const from = fromPlivoNumber(form.get("From") ?? "");
  return [{ type: "incoming", from, to: fromPlivoNumber(form.get("To") ?? "") }, { type: "ready" }];
}

function turnFacts(turn: string | undefined, form: Fields): CarrierFact[] {
  const facts = heard(turn, form);
  return facts.length > 0 ? facts : [{ type: "silent", ...(turn !== undefined && { turn }) }];
}

/** What the caller said or pressed, if anything. */
function heard(turn: string | undefined, form: Fields): CarrierFact[] {
  const within = turn === undefined ? {} : { turn };
  const text = form.get("InputType") === "dtmf" ? "" : (form.get("Speech")?.trim() ?? "");
  const digits = form.get("Digits") ?? "";
  if (text !== "") return [{ type: "spoke", text, ...within, ...confidence(form.get("SpeechConfidenceScore")) }];
  return digits === "" ? [] : [{ type: "pressed", digits, ...within }];
}

/** 0 to 1. */
function confidence(text: string | undefined): { confidence?: number } {
  const value = Number.parseFloat(text ?? "");
  return value >= 0 && value <= 1 ? { confidence: value } : {};
}

function isMachine(form: Fields): boolean {
  return form.get("Machine")?.toLowerCase() === "true";
}
