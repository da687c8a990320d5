// Telnyx's events in our words, one row each.
import { expect, test } from "vitest";
import type { CarrierFact } from "../../src/call/fact.ts";
import { callId, carrierCallId, clientState, eventBody, receive, signed, telnyx } from "./telnyx-fixture.ts";

const plain = clientState({ callId });
const spoken = (first: boolean, last: boolean): string =>
  clientState({ callId, utterance: { utteranceId: "u3", first, last } });
const whole = spoken(true, true);
const heard = (transcription: object): object => ({
  client_state: whole,
  transcription_data: { transcription_track: "inbound", ...transcription },
});
const nothingPlayed = (status: string): CarrierFact => ({ type: "noted", what: `speech ended: ${status}` });

test.each<[string, object, CarrierFact[]]>([
  ["call.initiated", { direction: "outgoing", state: "bridging", client_state: plain }, []],
  ["call.answered", { state: "answered", client_state: plain }, [{ type: "answered" }, { type: "ready" }]],
  ["call.speak.started", { client_state: whole }, [{ type: "started", utteranceId: "u3" }]],
  ["call.speak.started", { client_state: spoken(false, true) }, []],
  ["call.speak.started", { client_state: plain }, []],
  ["call.speak.ended", { client_state: whole, status: "completed" }, [{ type: "played", utteranceId: "u3" }]],
  ["call.speak.ended", { client_state: spoken(true, false), status: "completed" }, []],
  [
    "call.speak.ended",
    { client_state: spoken(false, true), status: "completed" },
    [{ type: "played", utteranceId: "u3" }],
  ],
  ["call.speak.ended", { client_state: whole, status: "call_hangup" }, [nothingPlayed("call_hangup")]],
  ["call.speak.ended", { client_state: whole, status: "cancelled" }, [nothingPlayed("cancelled")]],
  ["call.speak.ended", { client_state: whole, status: "cancelled_amd" }, [nothingPlayed("cancelled_amd")]],
  ["call.speak.ended", { client_state: whole, status: "failed" }, [{ type: "cut", utteranceId: "u3", heard: "" }]],
  ["call.speak.ended", { client_state: plain, status: "completed" }, [nothingPlayed("completed")]],
  [
    "call.transcription",
    heard({ transcript: " héllo 你好 ", is_final: true, confidence: 0.9 }),
    [{ type: "heard", text: "héllo 你好", confidence: 0.9 }],
  ],
  [
    "call.transcription",
    heard({ transcript: "yes", is_final: true, confidence: null }),
    [{ type: "heard", text: "yes" }],
  ],
  ["call.transcription", heard({ transcript: "yes", is_final: true, confidence: 7 }), [{ type: "heard", text: "yes" }]],
  ["call.transcription", heard({ transcript: "yes" }), [{ type: "heard", text: "yes" }]],
  ["call.transcription", heard({ transcript: "ye", is_final: false }), []],
  ["call.transcription", heard({ transcript: "  ", is_final: true }), []],
  [
    "call.transcription",
    heard({ transcript: "ours", is_final: true, transcription_track: "outbound" }),
    [{ type: "noted", what: "our own words were transcribed" }],
  ],
  ["call.transcription", { client_state: plain }, []],
  ["call.dtmf.received", { client_state: plain, digit: "#" }, [{ type: "pressed", digits: "#" }]],
  ["call.dtmf.received", { client_state: plain, digit: "a" }, [{ type: "pressed", digits: "A" }]],
  [
    "call.dtmf.received",
    { client_state: plain, digit: "12" },
    [{ type: "noted", what: "a key press without its key" }],
  ],
  [
    "call.machine.detection.ended",
    { client_state: plain, result: "human" },
    [{ type: "detected", who: "human", greetingOver: false }],
  ],
  [
    "call.machine.detection.ended",
    { client_state: plain, result: "machine" },
    [{ type: "detected", who: "machine", greetingOver: false }],
  ],
  [
    "call.machine.detection.ended",
    { client_state: plain, result: "not_sure" },
    [{ type: "detected", who: "unknown", greetingOver: false }],
  ],
  [
    "call.machine.greeting.ended",
    { client_state: plain, result: "ended" },
    [{ type: "detected", who: "machine", greetingOver: true }],
  ],
  [
    "call.machine.premium.detection.ended",
    { client_state: plain, result: "human_business" },
    [{ type: "detected", who: "human", greetingOver: false }],
  ],
  [
    "call.machine.premium.detection.ended",
    { client_state: plain, result: "fax_detected" },
    [{ type: "detected", who: "machine", greetingOver: false }],
  ],
  [
    "call.machine.premium.greeting.ended",
    { client_state: plain, result: "beep_detected" },
    [{ type: "detected", who: "machine", greetingOver: true }],
  ],
  ["streaming.started", { client_state: plain }, [{ type: "noted", what: "carrier event: streaming.started" }]],
  ["streaming.stopped", { client_state: plain }, [{ type: "noted", what: "carrier event: streaming.stopped" }]],
  [
    "streaming.failed",
    { client_state: plain, failure_reason: "connection\nfailed" },
    [{ type: "streamOver", message: "connection?failed" }],
  ],
  ["streaming.failed", { client_state: plain }, [{ type: "streamOver", message: "no reason was given" }]],
  ["call.cost", { client_state: plain }, [{ type: "noted", what: "carrier event: call.cost" }]],
  ["call.new\n<thing>", { client_state: plain }, [{ type: "noted", what: "carrier event: call.new??thing?" }]],
])("%s %j", (type, payload, facts) => {
  const read = receive(telnyx(), signed(eventBody(type, payload)));
  expect(read).toMatchObject({ callId, carrierCallId, wantsDocument: false });
  expect(read?.facts).toStrictEqual(facts);
});

test.each<[string | undefined, string | undefined, object]>([
  ["normal_clearing", "200", { outcome: "completed" }],
  ["originator_cancel", "487", { outcome: "canceled" }],
  ["no_answer", undefined, { outcome: "no-answer" }],
  ["timeout", "unspecified", { outcome: "no-answer" }],
  [
    "user_busy",
    "486",
    { outcome: "busy", carrierCode: "user_busy", message: "the callee is busy (Telnyx: user_busy, SIP response 486)" },
  ],
  [
    "call_rejected",
    "603",
    {
      outcome: "busy",
      carrierCode: "call_rejected",
      message: "the call was rejected (Telnyx: call_rejected, SIP response 603)",
    },
  ],
  [
    "call_rejected",
    "403",
    {
      outcome: "failed",
      carrierCode: "call_rejected",
      message: "the call was rejected (Telnyx: call_rejected, SIP response 403)",
    },
  ],
  [
    "time_limit",
    undefined,
    {
      outcome: "timeout",
      carrierCode: "time_limit",
      message: "the carrier's time limit ended the call (Telnyx: time_limit)",
    },
  ],
  [
    "not_found",
    "404",
    {
      outcome: "failed",
      carrierCode: "not_found",
      message: "the number does not exist or cannot be reached (Telnyx: not_found, SIP response 404)",
    },
  ],
  ["unspecified", undefined, { outcome: "failed", carrierCode: "unspecified" }],
  ["gone_fishing", undefined, { outcome: "failed", carrierCode: "gone_fishing" }],
  [undefined, undefined, { outcome: "failed", carrierCode: "unspecified" }],
])("hung up: %s, SIP %s", (hangup_cause, sip_hangup_cause, over) => {
  const read = receive(
    telnyx(),
    signed(eventBody("call.hangup", { hangup_cause, sip_hangup_cause, client_state: plain })),
  );
  expect(read?.facts).toMatchObject([{ type: "over", ...over }]);
  expect(read?.facts).toHaveLength(1);
});

test.each(["incoming", "inbound"])("somebody calls our number (%s)", (direction) => {
  const payload = { direction, state: "parked", from: "+15550000001", to: "+15550000002", client_state: null };
  const read = receive(telnyx(), signed(eventBody("call.initiated", payload)));
  expect(read).toMatchObject({
    carrierCallId,
    facts: [{ type: "incoming", from: "+15550000001", to: "+15550000002" }],
  });
  expect(read).not.toHaveProperty("callId");
});

test("a hidden caller has an empty number, not a made-up one", () => {
  const read = receive(telnyx(), signed(eventBody("call.initiated", { direction: "incoming", from: null })));
  expect(read?.facts).toEqual([{ type: "incoming", from: "", to: "" }]);
});

test.each([
  undefined,
  null,
  7,
  "",
  "%%%",
  "aGF2ZSBhIG5pY2UgZGF5ID1d",
  clientState({ callId: 7 }),
  clientState([callId]),
])("a client state that is not ours (%s) names no call", (client_state) => {
  const read = receive(telnyx(), signed(eventBody("call.speak.ended", { client_state, status: "completed" })));
  expect(read).not.toHaveProperty("callId");
  expect(read?.facts).toEqual([nothingPlayed("completed")]);
});

test("an event that is about no call is kept for the record", () => {
  const read = receive(telnyx(), signed(eventBody("number_order.complete", { call_control_id: undefined })));
  expect(read).not.toHaveProperty("carrierCallId");
  expect(read?.facts).toEqual([{ type: "noted", what: "carrier event: number_order.complete" }]);
});

test.each([
  ["without an id", '{"data":{"event_type":"call.answered"}}'],
  ["with an id that is no text", '{"data":{"event_type":"call.answered","id":7}}'],
  ["with an endless id", JSON.stringify({ data: { event_type: "call.answered", id: "x".repeat(101) } })],
  ["without a type", '{"data":{"id":"1"}}'],
  ["that is a list", "[]"],
  ["that is no JSON", "{"],
])("a genuine request %s cannot be read", (_what, body) => {
  expect(() => receive(telnyx(), signed(body))).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
});

test("every reply is an empty object", () => {
  const { webhooks } = telnyx();
  const empty = { status: 200, contentType: "application/json", body: "{}" };
  expect(webhooks?.acknowledgement()).toEqual(empty);
  expect(webhooks?.refusal("busy")).toEqual(empty);
  expect(webhooks?.signatureHeader).toBe("telnyx-signature-ed25519");
});
