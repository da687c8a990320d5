// What is made of the errors of the network, as the SDK's HTTP client throws them.
import { expect, test } from "vitest";
import { failureOf, orderFailed } from "../../src/daemon/carriers/twilio/refusal.ts";

/** The HTTP client's own error: it carries the whole request, credentials included. */
function axiosError(code: string | undefined): Error {
  const config = { headers: { Authorization: "Basic canary" }, data: "To=%2B15550000002" };
  return Object.assign(new Error("canary"), { isAxiosError: true, code, config, status: undefined });
}

test.each([
  ["ECONNREFUSED", "CARRIER_UNREACHABLE"],
  ["ENOTFOUND", "CARRIER_UNREACHABLE"],
  ["EAI_AGAIN", "CARRIER_UNREACHABLE"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "CARRIER_UNREACHABLE"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "CARRIER_UNREACHABLE"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CARRIER_UNREACHABLE"],
  ["ECONNABORTED", "OUTCOME_UNKNOWN"],
  ["ETIMEDOUT", "OUTCOME_UNKNOWN"],
  ["ECONNRESET", "OUTCOME_UNKNOWN"],
  ["EPIPE", "OUTCOME_UNKNOWN"],
  [undefined, "OUTCOME_UNKNOWN"],
])("a dial that fails with %s is %s", (code, expected) => {
  const failure = failureOf(axiosError(code));
  const dial = orderFailed(failure, true);
  expect(dial.code).toBe(expected);
  expect(orderFailed(failure, false).code).toBe("CARRIER_UNREACHABLE");
  expect(JSON.stringify([failure, dial, dial.stack])).not.toMatch(/canary|5550000002/);
});

test.each([undefined, null, "text", 7, {}, new Error("canary"), { status: "400", code: 21_211 }])(
  "whatever is thrown (%s) becomes a refusal in our words",
  (thrown) => {
    const error = orderFailed(failureOf(thrown), true);
    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", message: expect.not.stringContaining("canary") });
  },
);

test("a redirect is no dial", () => {
  expect(orderFailed({ status: 302 }, true)).toMatchObject({ code: "CARRIER_REFUSED", carrierCode: "302" });
});
