// Twilio's webhooks in our words, one row each.
import { expect, test } from "vitest";
import type { CarrierFact } from "../../src/call/fact.ts";
import { callId, callSid, publicUrl, receive, twilio, webhook } from "./twilio-fixture.ts";

const status = (CallStatus: string, more: Record<string, string> = {}): Record<string, string> => ({
  CallSid: callSid,
  CallStatus,
  CallbackSource: "call-progress-events",
  ...more,
});

test.each<[string, Record<string, string>, CarrierFact[]]>([
  ["queued", {}, []],
  ["initiated", {}, []],
  ["ringing", {}, [{ type: "ringing" }]],
  ["in-progress", {}, [{ type: "answered" }]],
  ["in-progress", { AnsweredBy: "human" }, [{ type: "answered", answeredBy: "human" }]],
  ["completed", { CallDuration: "12", SipResponseCode: "200" }, [{ type: "over", outcome: "completed" }]],
  ["no-answer", {}, [{ type: "over", outcome: "no-answer" }]],
  ["canceled", {}, [{ type: "over", outcome: "canceled" }]],
  [
    "busy",
    { SipResponseCode: "486" },
    [{ type: "over", outcome: "busy", carrierCode: "486", message: "the callee is busy (SIP response 486)" }],
  ],
  ["failed", {}, [{ type: "over", outcome: "failed" }]],
  ["gone-fishing", {}, [{ type: "noted", what: "unknown call status: gone-fishing" }]],
])("status %s %j", (name, more, facts) => {
  const read = receive(twilio(), webhook(`${publicUrl}?callId=${callId}&kind=status&step=1`, status(name, more)));
  expect(read).toMatchObject({ callId, carrierCallId: callSid, facts, wantsDocument: false });
});

test("a failed call keeps Twilio's error code with plain advice", () => {
  const read = receive(
    twilio(),
    webhook(`${publicUrl}?kind=status`, status("failed", { ErrorCode: "21215", SipResponseCode: "403" })),
  );
  const [fact] = read?.facts ?? [];
  expect(fact).toMatchObject({
    type: "over",
    carrierCode: "21215",
    message: "the carrier could not connect the call (Twilio error 21215)",
  });
  expect(fact).toHaveProperty("hint", expect.stringMatching(/Geo permissions.*errors\/21215/));
});

test("statuses of a number's own callback are no questions", () => {
  const { CallbackSource: _source, ...bare } = status("completed", { Direction: "inbound" });
  const read = receive(twilio(), webhook(`${publicUrl}?type=status`, bare));
  expect(read).toMatchObject({ facts: [{ type: "over", outcome: "completed" }], wantsDocument: false });
  expect(receive(twilio(), webhook(publicUrl, status("ringing", { Direction: "inbound" })))?.wantsDocument).toBe(false);
});

const live = { CallSid: callSid, CallStatus: "in-progress", Direction: "outbound-api" };
const ready: CarrierFact = { type: "ready" };

test.each<[string, Record<string, string>, CarrierFact[]]>([
  ["kind=answer", {}, [{ type: "answered" }, ready]],
  ["kind=answer", { AnsweredBy: "machine_start" }, [{ type: "answered", answeredBy: "machine_start" }, ready]],
  ["kind=said&utterance=u4", {}, [{ type: "played", utteranceId: "u4" }, ready]],
  ["kind=said&utterance=u1", {}, [{ type: "answered" }, { type: "played", utteranceId: "u1" }, ready]],
  ["kind=hold", {}, [{ type: "noted", what: "the carrier asked what to do next" }, ready]],
  ["kind=stream", {}, [{ type: "streamOver" }]],
  ["kind=new", {}, [{ type: "noted", what: "unknown kind of webhook: new" }, ready]],
  [
    "kind=turn&turn=t3&utterance=u2",
    { SpeechResult: " héllo 你好 ", Confidence: "0.93" },
    [{ type: "played", utteranceId: "u2" }, { type: "spoke", text: "héllo 你好", turn: "t3", confidence: 0.93 }, ready],
  ],
  [
    "kind=turn&turn=t3",
    { SpeechResult: "yes", Confidence: "nonsense" },
    [{ type: "spoke", text: "yes", turn: "t3" }, ready],
  ],
  ["kind=turn&turn=t3", { SpeechResult: "yes", Confidence: "7" }, [{ type: "spoke", text: "yes", turn: "t3" }, ready]],
  ["kind=turn&turn=t3", { SpeechResult: "", Digits: "12#*" }, [{ type: "pressed", digits: "12#*", turn: "t3" }, ready]],
  ["kind=turn&turn=t3", { SpeechResult: " ", Digits: "" }, [{ type: "silent", turn: "t3" }, ready]],
  ["kind=turn&turn=t3", {}, [{ type: "silent", turn: "t3" }, ready]],
])("question %s %j", (query, more, facts) => {
  const read = receive(twilio(), webhook(`${publicUrl}?callId=${callId}&${query}&step=9`, { ...live, ...more }));
  expect(read).toMatchObject({ callId, facts, wantsDocument: true });
  expect(read?.facts).toStrictEqual(facts);
});

test.each<[string, CarrierFact]>([
  ["human", { type: "detected", who: "human", greetingOver: false }],
  ["machine_start", { type: "detected", who: "machine", greetingOver: false }],
  ["machine_end_beep", { type: "detected", who: "machine", greetingOver: true }],
  ["machine_end_silence", { type: "detected", who: "machine", greetingOver: true }],
  ["machine_end_other", { type: "detected", who: "machine", greetingOver: true }],
  ["fax", { type: "detected", who: "machine", greetingOver: false }],
  ["unknown", { type: "detected", who: "unknown", greetingOver: false }],
  ["a robot of the future", { type: "detected", who: "unknown", greetingOver: false }],
])("detection says %s", (AnsweredBy, fact) => {
  const params = { CallSid: callSid, AnsweredBy, MachineDetectionDuration: "2000" };
  const read = receive(twilio(), webhook(`${publicUrl}?callId=${callId}&kind=detected&step=1`, params));
  expect(read).toMatchObject({ callId, carrierCallId: callSid, facts: [fact], wantsDocument: false });
});

test("a question about a call that is over is none", () => {
  const over = { ...live, CallStatus: "completed" };
  const hold = receive(twilio(), webhook(`${publicUrl}?callId=${callId}&kind=hold`, over));
  expect(hold).toMatchObject({ facts: [{ type: "over", outcome: "completed" }], wantsDocument: false });
  const turn = receive(
    twilio(),
    webhook(`${publicUrl}?callId=${callId}&kind=turn&turn=t3`, { ...over, SpeechResult: "bye" }),
  );
  expect(turn).toMatchObject({
    facts: [{ type: "spoke", text: "bye", turn: "t3" }, { type: "over" }],
    wantsDocument: false,
  });
});

test("somebody calls our number", () => {
  const params = {
    CallSid: callSid,
    CallStatus: "ringing",
    Direction: "inbound",
    From: "+15550000001",
    To: "+15550000002",
  };
  const read = receive(twilio({ publicUrl: `${publicUrl}?tenant=1` }), webhook(`${publicUrl}?tenant=1`, params));
  expect(read).toMatchObject({
    facts: [{ type: "incoming", from: "+15550000001", to: "+15550000002" }, ready],
    wantsDocument: true,
  });
  expect(read).not.toHaveProperty("callId");
});

test("a hidden caller has an empty number, not a made-up one", () => {
  const read = receive(twilio(), webhook(publicUrl, { CallSid: callSid, CallStatus: "ringing", Direction: "inbound" }));
  expect(read?.facts[0]).toEqual({ type: "incoming", from: "", to: "" });
});

test("a call that somebody else placed is only noted", () => {
  const read = receive(twilio(), webhook(publicUrl, live));
  expect(read?.facts.map((fact) => fact.type)).toEqual(["noted"]);
});
