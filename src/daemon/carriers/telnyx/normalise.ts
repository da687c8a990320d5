// A verified Telnyx event in our words: which call it is about and what is now true.
import { CallError } from "../../../call/error.ts";
import type { CarrierFact } from "../../../call/fact.ts";
import type { Webhook } from "../carrier.ts";
import { type ClientState, decodeClientState } from "./client-state.ts";
import { type Fields, fieldsOf, parseFields, textOf } from "../json-fields.ts";
import { overFor } from "./hang-up-causes.ts";

const longestEventId = 100;

/**
 * Reads a webhook whose signature is right (Telnyx: "Receiving webhooks", "Voice API webhooks"). A retry is signed anew with
 * another time stamp and `meta.attempt` but keeps the event's id, which is therefore the key.
 * @throws CallError `INVALID_INPUT` when it is no event.
 */
export function normalise(body: Buffer): Webhook {
  const event = fieldsOf(parseFields(body.toString("utf8"))?.["data"]);
  const id = textOf(event?.["id"]);
  const type = textOf(event?.["event_type"]);
  if (event === undefined || id === undefined || type === undefined || id.length > longestEventId) {
    throw new CallError("INVALID_INPUT", "the webhook is no Telnyx event: it holds no id or no type");
  }
  const payload = fieldsOf(event["payload"]) ?? {};
  const state = decodeClientState(payload["client_state"]);
  const carrierCallId = textOf(payload["call_control_id"]);
  return {
    key: `telnyx:${id.toLowerCase()}`,
    wantsDocument: false,
    ...(state !== undefined && { callId: state.callId }),
    ...(carrierCallId !== undefined && { carrierCallId }),
    facts: factsOf(type, payload, state),
  };
}

function factsOf(type: string, payload: Fields, state: ClientState | undefined): CarrierFact[] {
  switch (type) {
    case "call.initiated":
      return initiated(payload);
    case "call.answered":
      return [{ type: "answered" }, { type: "ready" }];
    case "call.hangup":
      return [overFor(textOf(payload["hangup_cause"]), sipStatus(payload["sip_hangup_cause"]))];
    case "call.speak.started":
      return state?.utterance?.first === true ? [{ type: "started", utteranceId: state.utterance.utteranceId }] : [];
    case "call.speak.ended":
      return speakEnded(textOf(payload["status"]), state);
    case "call.transcription":
      return heard(fieldsOf(payload["transcription_data"]) ?? {});
    case "call.dtmf.received":
      return pressed(textOf(payload["digit"]));
    case "call.machine.detection.ended":
    case "call.machine.premium.detection.ended":
      return [detected(textOf(payload["result"]))];
    case "call.machine.greeting.ended":
    case "call.machine.premium.greeting.ended":
      return [{ type: "detected", who: "machine", greetingOver: true }];
    case "streaming.failed":
    case "call.streaming.failed":
      return [{ type: "streamOver", message: readable(textOf(payload["failure_reason"]) ?? "no reason was given") }];
    // Of a stream that was up its socket tells the end, and sooner: `streaming.stopped` may be about one that has a successor.
    default:
      return [noted(`carrier event: ${readable(type)}`)];
  }
}

/** An outgoing leg only tells its id here; there is no event for ringing. */
function initiated(payload: Fields): CarrierFact[] {
  const direction = textOf(payload["direction"]);
  if (direction !== "incoming" && direction !== "inbound") return [];
  return [{ type: "incoming", from: textOf(payload["from"]) ?? "", to: textOf(payload["to"]) ?? "" }];
}

function detected(result: string | undefined): CarrierFact {
  if (result?.startsWith("human") === true) return { type: "detected", who: "human", greetingOver: false };
  const isMachine = result === "machine" || result === "fax_detected";
  return { type: "detected", who: isMachine ? "machine" : "unknown", greetingOver: false };
}

/**
 * Only speech that came to its end is played. What a hang-up cut off is settled by the end of the call; what was cancelled gave
 * way to an order of ours, and the state then may already name the utterance that replaced it.
 */
function speakEnded(status: string | undefined, state: ClientState | undefined): CarrierFact[] {
  const { utterance } = state ?? {};
  if (utterance === undefined || status === "call_hangup" || status?.startsWith("cancelled") === true) {
    return [noted(`speech ended: ${readable(status ?? "no status")}`)];
  }
  const { utteranceId, last } = utterance;
  if (status !== "completed") return [{ type: "cut", utteranceId, heard: "" }];
  return last ? [{ type: "played", utteranceId }] : [];
}

/** Final words of the other side. The outbound track, should anybody have it transcribed, is our own voice. */
function heard(transcription: Fields): CarrierFact[] {
  const text = textOf(transcription["transcript"])?.trim() ?? "";
  if (text === "" || transcription["is_final"] === false) return [];
  if (transcription["transcription_track"] === "outbound") return [noted("our own words were transcribed")];
  const confidence = transcription["confidence"];
  const sure = typeof confidence === "number" && confidence >= 0 && confidence <= 1 ? { confidence } : {};
  return [{ type: "heard", text, ...sure }];
}

function pressed(digit: string | undefined): CarrierFact[] {
  const key = digit?.toUpperCase() ?? "";
  return /^[0-9A-D*#]$/.test(key) ? [{ type: "pressed", digits: key }] : [noted("a key press without its key")];
}

function sipStatus(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : textOf(value);
  return text !== undefined && /^\d{3}$/.test(text) ? text : undefined;
}

function noted(what: string): CarrierFact {
  return { type: "noted", what };
}

/** Names from outside are kept short and plain. */
function readable(name: string): string {
  return name.replace(/[^\w. -]/g, "?").slice(0, 60);
}
