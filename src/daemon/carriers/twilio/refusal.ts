// What Twilio's and the network's errors mean for an order, without the credentials that the SDK's own errors hold.
import { CallError } from "../../../call/error.ts";
import { lossReason, wasNotSent } from "../network-failure.ts";
import { withoutNumbers } from "../without-numbers.ts";

/** Plain advice for the codes that users meet (Twilio: "Error and Warning Dictionary"). */
const advice: Readonly<Record<string, string>> = {
  "10001": "the Twilio account is not active: look at its state in the Twilio console",
  "10004": "the account places as many calls as it may at once: wait for one to end, or ask Twilio for more",
  "20003":
    "check `twilio.accountSid` and `twilio.authToken` (and `twilio.region`: each region has its own token), and that the account is active",
  "20005": "the Twilio account is not active: look at its state in the Twilio console",
  "20404": "Twilio knows no such call in this account",
  "20429": "too many orders at once: try again in a moment",
  "21201": "no number to call was given",
  "21205": "Twilio cannot use our callback URL: check `publicUrl`",
  "21210": "verify `fromNumber` in the Twilio console, or use a number that the account owns",
  "21211": "check the number to call: it must exist and be written as + country code number",
  "21212": "check `fromNumber`: it must be a number of this Twilio account, written as + country code number",
  "21213": "set `fromNumber` to a number of this Twilio account",
  "21214": "the number to call cannot be reached from this account",
  "21215": "allow calls to that country under Voice > Settings > Geo permissions in the Twilio console",
  "21216": "Twilio does not allow calls to this number from this account",
  "21217": "check the number to call: it must exist and be written as + country code number",
  "21219":
    "a trial account may only call numbers verified in the Twilio console: verify this one, or upgrade the account",
  "21220": "the call is not in progress (any more)",
  "21227": "allow calls to that country under Voice > Settings > Geo permissions in the Twilio console",
  "32018": "the text is too long for one order",
};

/** Advice for a Twilio error code, with the page that explains it. */
export function hintFor(code: string): string {
  const page = `https://www.twilio.com/docs/api/errors/${code}`;
  const known = advice[code];
  return known === undefined ? `see ${page}` : `${known} (${page})`;
}

/** The part of an SDK error that is safe to read. `status`: HTTP status of an answer; `code`: Twilio's or the system's. */
export interface Failure {
  status?: number;
  code?: string;
  message?: string;
}

export function failureOf(error: unknown): Failure {
  if (typeof error !== "object" || error === null) return {};
  const status = "status" in error ? error.status : undefined;
  const code = "code" in error ? error.code : undefined;
  const message = "message" in error ? error.message : undefined;
  // An error of the HTTP client holds the request and with it the credentials: of those only the code is taken.
  if (typeof status !== "number" || "isAxiosError" in error) return typeof code === "string" ? { code } : {};
  return {
    status,
    ...((typeof code === "number" || typeof code === "string") && { code: String(code) }),
    ...(typeof message === "string" && { message }),
  };
}

/** Twilio says that the leg is not there to be ordered about. */
export function saysOver({ status, code }: Failure): boolean {
  return code === "21220" || isMissing({ status, code });
}

/** Only Twilio's own "not found" counts: a wrong address answers 404 as well. */
export function isMissing({ status, code }: { status?: number | undefined; code?: string | undefined }): boolean {
  return status === 404 && code === "20404";
}

/**
 * `dials`: whether a lost reply may mean a call that exists.
 * `CARRIER_REFUSED` Twilio said no; `CARRIER_UNREACHABLE` it did not take the order; `OUTCOME_UNKNOWN` it may have dialled.
 */
export function orderFailed(failure: Failure, dials: boolean): CallError {
  const { status, code } = failure;
  if (status !== undefined && status < 500) return refused({ ...failure, status });
  const what = lossReason(failure);
  if (dials && (status !== undefined || !wasNotSent(code))) {
    return new CallError("OUTCOME_UNKNOWN", `Twilio's answer to the dial order was lost (${what}): the call may exist`);
  }
  return new CallError("CARRIER_UNREACHABLE", `Twilio could not be reached (${what})`, {
    hint: "check the network connection, `twilio.region` and `twilio.baseUrl`, and https://status.twilio.com",
  });
}

function refused({ status, code, message }: Failure & { status: number }): CallError {
  const carrierCode = code ?? (status === 429 ? "20429" : undefined);
  const said = message === undefined || code === undefined ? `HTTP ${status}` : withoutNumbers(message).slice(0, 300);
  return new CallError("CARRIER_REFUSED", `Twilio refused the order: ${said}`, {
    carrierCode: carrierCode ?? String(status),
    hint: carrierCode === undefined ? "check `twilio.baseUrl`: the answer was not Twilio's" : hintFor(carrierCode),
  });
}
