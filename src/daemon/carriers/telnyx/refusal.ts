// What Telnyx's and the network's errors mean for an order, told without keys and without full numbers.
import { CallError } from "../../../call/error.ts";
import { shortNumber } from "../../../call/phone-number.ts";
import { fieldsOf, parseFields, textOf } from "../json-fields.ts";

/** Plain advice for the codes that users meet (Telnyx: "API error codes"). */
const advice: Readonly<Record<string, string>> = {
  "10002": "check the number to call: it must exist and be written as + country code number",
  "10005": "Telnyx knows no such call: it may be long over",
  "10009": "check `telnyx.apiKey`: it is not a valid key (Telnyx portal, Keys & Credentials > API Keys)",
  "10010":
    "the account may not do that: check that it is verified, that its outbound voice profile allows the country called, and that `fromNumber` is a number of this account",
  "10011": "too many orders at once: try again in a moment",
  "10015": "Telnyx could not read the order: check `telnyx.connectionId` and the numbers",
  "10016": "write the numbers as + country code number, for example +15555550123",
  "90010": "the text to speak is empty or too long",
  "90015": "Telnyx does not know this call (any more)",
  "90018": "the call is over",
  "90034": "the call is not answered yet",
  "90041": "the account's limit of concurrent calls is reached: wait for one to end, or raise it in the Telnyx portal",
  "90042":
    "the connection's limit of concurrent calls is reached: wait for one to end, or raise it in the Telnyx portal",
  "90043":
    "the outbound voice profile's limit of concurrent calls is reached: wait for one to end, or raise it in the Telnyx portal",
  "90045": "the call's audio is being streamed, and Telnyx takes no such order meanwhile",
  "90057": "Telnyx does not take a value of the order: check `telnyx.connectionId`, voice and language",
};

/** Advice for a Telnyx error code, with the page that explains it. */
function hintFor(code: string): string {
  const page = "https://developers.telnyx.com/development/api-fundamentals/api-errors";
  const known = advice[code];
  return known === undefined ? `look up code ${code} at ${page}` : `${known} (${page})`;
}

/** An order that did not succeed. `status`: HTTP status of an answer; `code`: Telnyx's or the system's. */
export interface Failure {
  status?: number;
  code?: string;
  /** Telnyx's own words; they may hold numbers. */
  said?: string;
}

/** Thrown by the transport; everything else that an order throws is a defect. */
export class OrderFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super("the order did not succeed");
    this.failure = failure;
  }
}

/** Reads the body of an answer other than 2xx, from which our key was taken out. */
export function failureIn(status: number, body: string): Failure {
  const errors = parseFields(body)?.["errors"];
  const first = fieldsOf(Array.isArray(errors) ? errors[0] : undefined);
  const code = first?.["code"];
  // The words about a rejected key may quote a part of it.
  const said = (status === 401 ? undefined : textOf(first?.["detail"])) ?? textOf(first?.["title"]);
  return {
    status,
    ...((typeof code === "string" || typeof code === "number") &&
      /^\d{3,6}$/.test(String(code)) && { code: String(code) }),
    ...(said !== undefined && { said }),
  };
}

/** Telnyx says that the leg is not there to be ordered about. */
export function saysOver(failure: Failure): boolean {
  return failure.code === "90018" || failure.code === "90015" || isMissing(failure);
}

/** Only Telnyx's own "not found" counts: a wrong address answers 404 as well. */
export function isMissing({ status, code }: Failure): boolean {
  return status === 404 && code === "10005";
}

/** The call is there, but in no state for the order. Of streams it is not documented with which code that is said. */
export function refusesNow(failure: Failure): boolean {
  return failure.status === 422 && !saysOver(failure);
}

export function alreadyListens({ code }: Failure): boolean {
  return code === "90054";
}

/** Failures before anything of the order was sent; what TLS refuses (`ERR_TLS_…`, `CERT_…`) is one too. */
const notSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_TLS_\w+|CERT_\w+|\w*SELF_SIGNED_CERT\w*|UNABLE_TO_\w+)$/;

/**
 * `dials`: whether a lost reply may mean a call that exists.
 * `CARRIER_REFUSED` Telnyx said no; `CARRIER_UNREACHABLE` it did not take the order; `OUTCOME_UNKNOWN` it may have dialled.
 */
export function orderFailed(failure: Failure, dials: boolean): CallError {
  const { status, code } = failure;
  if (status !== undefined && status < 500 && status !== 408) return refused({ ...failure, status });
  const what = reason(failure);
  if (dials && (status !== undefined || code === undefined || !notSent.test(code))) {
    return new CallError("OUTCOME_UNKNOWN", `Telnyx's answer to the dial order was lost (${what}): the call may exist`);
  }
  return new CallError("CARRIER_UNREACHABLE", `Telnyx could not be reached (${what})`, {
    hint: "check the network connection, `telnyx.baseUrl`, and https://status.telnyx.com",
  });
}

function refused({ status, code, said }: Failure & { status: number }): CallError {
  const carrierCode = code ?? (status === 401 ? "10009" : status === 429 ? "10011" : undefined);
  const words = said === undefined || code === undefined ? `HTTP ${status}` : withoutNumbers(said).slice(0, 300);
  return new CallError("CARRIER_REFUSED", `Telnyx refused the order: ${words}`, {
    carrierCode: carrierCode ?? String(status),
    hint: carrierCode === undefined ? "check `telnyx.baseUrl`: the answer was not Telnyx's" : hintFor(carrierCode),
  });
}

function reason({ status, code }: Failure): string {
  if (status !== undefined) return `HTTP ${status}`;
  return code !== undefined && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : "its answer could not be read";
}

function withoutNumbers(said: string): string {
  return said.replace(/\+\d(?:[\s().-]*\d){6,}|(?<![0-9A-Za-z])\d{7,}/g, (number) => shortNumber(number));
}
