// Plivo's webhooks in our words, one row each.
import { expect, test } from "vitest";
import type { CarrierFact } from "../../src/call/fact.ts";
import { callId, callUuid, plivo, publicUrl, receive, requestUuid, webhook } from "./plivo-fixture.ts";

const base = { CallUUID: callUuid, From: "15550000001", To: "15550000002" };
const outbound = { ...base, RequestUUID: requestUuid, Direction: "outbound", CallStatus: "in-progress" };
const inbound = { ...base, Direction: "inbound" };
const ready: CarrierFact = { type: "ready" };

test.each<[string, Record<string, string>, CarrierFact[]]>([
  ["Ring", { CallStatus: "ringing" }, [{ type: "ringing" }]],
  ["Ring", {}, [{ type: "ringing" }]],
  ["Hangup", { CallStatus: "completed", HangupCauseCode: "4000" }, [{ type: "over", outcome: "completed" }]],
  ["Hangup", { CallStatus: "no-answer", HangupCauseCode: "3000" }, [{ type: "over", outcome: "no-answer" }]],
  ["Hangup", { CallStatus: "timeout", HangupCauseCode: "3000" }, [{ type: "over", outcome: "no-answer" }]],
  ["Hangup", { CallStatus: "failed", HangupCauseCode: "1000" }, [{ type: "over", outcome: "canceled" }]],
  ["Hangup", { CallStatus: "failed" }, [{ type: "over", outcome: "failed" }]],
  ["Hangup", { CallStatus: "cancel" }, [{ type: "over", outcome: "canceled" }]],
  ["Hangup", { CallStatus: "something" }, [{ type: "over", outcome: "completed" }]],
  [
    "Hangup",
    { CallStatus: "busy", HangupCauseCode: "3010" },
    [{ type: "over", outcome: "busy", carrierCode: "3010", message: "the callee is busy (Plivo hang-up cause 3010)" }],
  ],
  [
    "Hangup",
    { CallStatus: "completed", HangupCauseCode: "9100" },
    [
      {
        type: "over",
        outcome: "completed",
        carrierCode: "9100",
        message: "a machine answered (Plivo hang-up cause 9100)",
      },
    ],
  ],
  [
    "MachineDetection",
    { Machine: "true" },
    [{ type: "detected", who: "machine", greetingOver: false, greetingMs: 10_000 }],
  ],
  ["MachineDetection", { Machine: "false" }, [{ type: "detected", who: "human", greetingOver: false }]],
  ["Gone", { CallStatus: "fishing" }, [{ type: "noted", what: "unknown call status: fishing" }]],
  ["Gone", { CallStatus: "in-progress" }, []],
])("callback %s %j", (Event, more, facts) => {
  const url = `${publicUrl}?callId=${callId}&kind=status&step=1`;
  const read = receive(plivo(), webhook(url, { ...outbound, CallStatus: "", Event, ...more }));
  expect(read).toMatchObject({
    callId,
    carrierCallId: callUuid,
    formerCarrierCallId: requestUuid,
    facts,
    wantsDocument: false,
  });
});

test.each([
  ["2000", "failed", "failed", /country code/],
  ["2030", "failed", "failed", /Geo permissions/],
  ["7011", "completed", "failed", /publicUrl/],
  ["8014", "completed", "failed", /debug log/],
  ["5555", "failed", "failed", undefined],
])("hang-up cause %s with status %s is %s, with plain advice", (code, CallStatus, outcome, hint) => {
  const read = receive(
    plivo(),
    webhook(publicUrl, { ...outbound, Event: "Hangup", CallStatus, HangupCauseCode: code }),
  );
  const [fact] = read?.facts ?? [];
  expect(fact).toMatchObject({ type: "over", outcome, carrierCode: code, message: expect.stringContaining(code) });
  if (hint === undefined) expect(fact).not.toHaveProperty("hint");
  else expect(fact).toHaveProperty("hint", expect.stringMatching(hint));
});

test.each<[string, Record<string, string>, CarrierFact[]]>([
  ["kind=answer", { Event: "StartApp" }, [{ type: "answered" }, ready]],
  ["kind=answer", { Event: "StartApp", Machine: "true" }, [{ type: "answered", answeredBy: "machine" }, ready]],
  ["kind=said&utterance=u3", { Event: "Redirect" }, [{ type: "played", utteranceId: "u3" }, ready]],
  [
    "kind=turn&turn=t4&utterance=u3",
    { InputType: "speech", Speech: " Yes. ", SpeechConfidenceScore: "0.91", Digits: "" },
    [{ type: "played", utteranceId: "u3" }, { type: "spoke", text: "Yes.", turn: "t4", confidence: 0.91 }, ready],
  ],
  [
    "kind=turn&turn=t4",
    { InputType: "speech", Speech: "Yes", SpeechConfidenceScore: "?" },
    [{ type: "spoke", text: "Yes", turn: "t4" }, ready],
  ],
  [
    "kind=turn&turn=t4",
    { InputType: "dtmf", Digits: "12*", Speech: "" },
    [{ type: "pressed", digits: "12*", turn: "t4" }, ready],
  ],
  [
    "kind=turn&turn=t4",
    { InputType: "dtmf", Digits: "1", Speech: "one" },
    [{ type: "pressed", digits: "1", turn: "t4" }, ready],
  ],
  ["kind=turn&turn=t4", { Event: "Redirect" }, [{ type: "silent", turn: "t4" }, ready]],
  ["kind=turn&turn=t4", { InputType: "speech", Speech: "  " }, [{ type: "silent", turn: "t4" }, ready]],
  ["kind=hold", { Event: "StartApp" }, [{ type: "noted", what: "the carrier asked what to do next" }, ready]],
  ["kind=words&utterance=u3", { Event: "StartApp" }, [{ type: "started", utteranceId: "u3" }, ready]],
  ["kind=other", {}, [{ type: "noted", what: "unknown kind of webhook: other" }, ready]],
  ["", {}, [{ type: "noted", what: "a voice request for a call that we did not place" }]],
])("question %s %j", (query, more, facts) => {
  const read = receive(plivo(), webhook(`${publicUrl}?${query}`, { ...outbound, ...more }));
  expect(read).toMatchObject({ facts, wantsDocument: true });
});

test("words that come with the end of the call are kept, and nothing is asked", () => {
  const ended = { ...outbound, CallStatus: "completed", InputType: "speech", Speech: "Bye" };
  const read = receive(plivo(), webhook(`${publicUrl}?kind=turn&turn=t4`, ended));
  expect(read).toMatchObject({
    facts: [
      { type: "spoke", text: "Bye", turn: "t4" },
      { type: "over", outcome: "completed" },
    ],
    wantsDocument: false,
  });
});

test.each([
  ["15550000001", "+15550000001"],
  ["442071838750", "+442071838750"],
  ["+15550000001", "+15550000001"],
  ["anonymous", "anonymous"],
  ["sip:alice123@phone.plivo.com", "sip:alice123@phone.plivo.com"],
  ["0555000001", "0555000001"],
  ["1555", "1555"],
  ["15550000001<script>", "15550000001<script>"],
  ["", ""],
])("a caller written %j is %j", (From, from) => {
  const read = receive(plivo(), webhook(publicUrl, { ...inbound, CallStatus: "ringing", Event: "StartApp", From }));
  expect(read).toEqual({
    key: expect.stringMatching(/^plivo:/),
    carrierCallId: callUuid,
    facts: [{ type: "incoming", from, to: "+15550000002" }, ready],
    wantsDocument: true,
  });
});

test("the end of a call that came in may be told to the number's own address", () => {
  const read = receive(plivo(), webhook(publicUrl, { ...inbound, CallStatus: "completed", Event: "Hangup" }));
  expect(read).toMatchObject({ facts: [{ type: "over", outcome: "completed" }], wantsDocument: false });
});

test("only a request's other name is a former one", () => {
  const read = (params: Record<string, string>): object | undefined => receive(plivo(), webhook(publicUrl, params));
  expect(read(outbound)).toHaveProperty("formerCarrierCallId", requestUuid);
  expect(read({ ...outbound, RequestUUID: callUuid })).not.toHaveProperty("formerCarrierCallId");
  expect(read({ ...outbound, RequestUUID: "" })).not.toHaveProperty("formerCarrierCallId");
  expect(read({ ...outbound, Direction: "inbound" })).not.toHaveProperty("formerCarrierCallId");
});

test("a genuine request without a CallUUID cannot be read", () => {
  expect(() => receive(plivo(), webhook(publicUrl, { CallStatus: "ringing" }))).toThrow("no CallUUID");
});
