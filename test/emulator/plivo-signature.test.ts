// The published signature vectors, checked against the emulator's own signing.
import { expect, test } from "vitest";
import { signV2, signV3, type FormFields } from "../../src/emulator/plivo/signature.ts";

const TOKEN = "PLIVOFAKETOKEN0123456789";
const NONCE = "20260106100000000001";
const HOST = "https://voice.example.test/voice/plivo";
const P: FormFields = [
  ["CallUUID", "11111111-2222-4333-8444-555555555555"],
  ["From", "15550000001"],
  ["To", "15550000002"],
  ["Direction", "inbound"],
  ["CallStatus", "ringing"],
  ["Event", "StartApp"],
];
const P2: FormFields = [
  ...P.filter(([name]) => name !== "CallStatus"),
  ["CallStatus", "in-progress"],
  ["InputType", "speech"],
  ["Speech", "héllo you"],
  ["SpeechConfidenceScore", "0.91"],
  ["Digits", ""],
];

test.each([
  ["P1", "POST", `${HOST}/answer`, P, "HLgfASrFshtNlz3g/XuA3oAm6Z7rEkMSDEQQSZXQe00="],
  ["P2", "POST", `${HOST}/input?turn=1&callId=abc`, P2, "t7EKGwzvvCFZMzy9ZP6LnerDFkCquRUQbzXjP43T40U="],
  ["P3", "GET", `${HOST}/answer?CallUUID=x&From=15550000001`, [], "vfmIa5phBle0WvhZBu2xkHmUd4ZgA3lS/lSgJcpFTR0="],
  [
    "P4",
    "GET",
    "http://voice.example.test/voice/plivo/stream/abc?t=1",
    [],
    "QukMTaWkexNqh6sZoe4Zo35GUny93nxhjqTAg7pjfvI=",
  ],
] satisfies [string, "GET" | "POST", string, FormFields, string][])(
  "signs %s",
  (...[, method, url, fields, expected]) => {
    expect(signV3(TOKEN, { method, url, nonce: NONCE, fields })).toBe(expected);
  },
);

test("the old signature covers neither query nor body", () => {
  const expected = "qbW0UKHO7J49PMAzztg7fwOgKbJEdJWRoULKf0ksK1I=";
  expect(signV2(TOKEN, `${HOST}/answer`, NONCE)).toBe(expected);
  expect(signV2(TOKEN, `${HOST}/answer?x=1#rc=2`, NONCE)).toBe(expected);
});

test("order of fields and query, and the fragment, do not matter; every value and the nonce do", () => {
  const sign = (url: string, fields: FormFields, nonce = NONCE) =>
    signV3(TOKEN, { method: "POST", url, nonce, fields });
  const expected = sign(`${HOST}/input?a=1&b=2`, P);
  expect(sign(`${HOST}/input?b=2&a=1#rc=5`, P.toReversed())).toBe(expected);
  expect(sign(`${HOST}/input?a=1&b=3`, P)).not.toBe(expected);
  expect(sign(`${HOST}/input?a=1&b=2`, [...P, ["From", "15550000009"]])).not.toBe(expected);
  expect(sign(`${HOST}/input?a=1&b=2`, P, "20260106100000000002")).not.toBe(expected);
});
