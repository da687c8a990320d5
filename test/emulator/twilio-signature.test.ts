// The published signature vectors, checked against the emulator's own signing.
import { expect, test } from "vitest";
import { signTwilioRequest, type FormFields } from "../../src/emulator/twilio/signature.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const SID = "CA00000000000000000000000000000001";
const T1: FormFields = [
  ["CallSid", SID],
  ["AccountSid", "AC00000000000000000000000000000000"],
  ["From", "+15550000001"],
  ["To", "+15550000002"],
  ["CallStatus", "ringing"],
  ["Direction", "inbound"],
  ["ApiVersion", "2010-04-01"],
];
const T2: FormFields = [
  ["CallSid", SID],
  ["CallStatus", "completed"],
  ["CallDuration", "12"],
  ["SequenceNumber", "3"],
  ["CallbackSource", "call-progress-events"],
  ["Timestamp", "Tue, 06 Jan 2026 10:00:00 +0000"],
];

test.each([
  ["form", "https://voice.example.test/voice/twilio?turn=1&t=abc", T1, "p8gh0bxfuerJSq87Afamodg/Z7U="],
  ["port", "https://voice.example.test:8443/voice/twilio/status", T2, "/ahsL+3aE7pcII745/RCuyf+d8Y="],
  ["no port", "https://voice.example.test/voice/twilio/status", T2, "xkEC5u5Z3ZTWCLYCtYPKm8sol+g="],
  ["socket", "wss://voice.example.test/voice/stream/abc", [], "FLONxlQRbDK32kzlAUm1Bb4Gr4w="],
  [
    "unicode",
    "https://voice.example.test/g",
    [
      ["SpeechResult", "héllo “wörld” 你好"],
      ["Confidence", "0.93"],
      ["CallSid", "CA1"],
    ],
    "zivg5/zGVaJW2Zl3Mtith2oheCo=",
  ],
] satisfies [string, string, FormFields, string][])("signs the %s vector", (...[, url, fields, expected]) => {
  expect(signTwilioRequest(TOKEN, url, fields)).toBe(expected);
});

test("the fragment is not signed, the order of fields does not matter, repeats count once", () => {
  const url = "https://voice.example.test/voice/twilio?turn=1&t=abc";
  const expected = "p8gh0bxfuerJSq87Afamodg/Z7U=";
  expect(signTwilioRequest(TOKEN, `${url}#rc=5`, T1.toReversed())).toBe(expected);
  expect(signTwilioRequest(TOKEN, url, [...T1, ["From", "+15550000001"]])).toBe(expected);
  expect(signTwilioRequest(TOKEN, url, [...T1, ["From", "+15550000009"]])).not.toBe(expected);
});
