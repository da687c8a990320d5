import fc from "fast-check";
import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { isPhoneNumber, parsePhoneNumber, shortNumber } from "../../src/call/phone-number.ts";
import { refuseInbound } from "../../src/call/policy.ts";

const free = { liveCalls: 0, maxConcurrentCalls: 1, draining: false };

test.each([
  "",
  "anonymous",
  "15555550123",
  "+0155555501",
  "+1555 555 0123",
  "+123456",
  "+1234567890123456",
  "sip:+15555550123@x",
  "+15555550123\n",
  "＋15555550123",
])("%j is no E.164 number", (input) => {
  expect(isPhoneNumber(input)).toBe(false);
  expect(() => parsePhoneNumber(input, "it")).toThrow(CallError);
});

test("an error about a number never shows the number", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{8,20}$/), (digits) => {
      try {
        parsePhoneNumber(digits, "the number to call");
      } catch (error) {
        expect(String(error)).not.toContain(digits);
      }
      expect(shortNumber(digits)).toHaveLength(5);
    }),
  );
});

test("only the whole number on the list is let in, never a part, a suffix or an empty caller id (CVE-2026-28446)", () => {
  const inbound = { policy: "allowlist", allowFrom: ["+15555550123"] } as const;
  expect(refuseInbound("+15555550123", inbound, free)).toBeUndefined();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.constantFrom("", "anonymous", "5555550123", "+1555555012", "+155555501234", "sip:+15555550123@x"),
      ),
      (from) => {
        fc.pre(from !== "+15555550123");
        expect(refuseInbound(from, inbound, free)).toBeDefined();
      },
    ),
  );
});

test.each([
  ["disabled", free, "inbound-disabled"],
  ["open", { ...free, liveCalls: 1 }, "at-capacity"],
  ["open", { ...free, draining: true }, "draining"],
] as const)("policy %s with %o refuses as %s", (policy, admission, why) => {
  expect(refuseInbound("+15555550123", { policy, allowFrom: [] }, admission)).toBe(why);
});
