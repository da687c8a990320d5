// What Plivo's and the network's errors mean for an order.
import { CallError } from "../../../call/error.ts";
import { lossReason, wasNotSent } from "../network-failure.ts";
import { withoutNumbers } from "../without-numbers.ts";
import { type Failure, RequestFailure } from "./request.ts";

/** Plain advice by HTTP status: Plivo's errors have no codes of their own (Plivo: "API response codes"). */
const advice: Readonly<Record<number, string>> = {
  400: "check the number to call and `fromNumber`: both with their country code, and `fromNumber` rented from Plivo",
  401: "check `plivo.authId` and `plivo.authToken`, and that the account is active",
  402: "add credit to the Plivo account",
  403: "allow calls to that country under Voice > Geo permissions in the Plivo console; the account may also place as many calls as it may at once",
  429: "too many orders at once: try again in a moment",
};

export function failureOf(error: unknown): Failure {
  return error instanceof RequestFailure ? error.failure : {};
}

/** Only Plivo's own "not found" counts: a wrong address answers 404 as well. */
export function isMissing({ status, message }: Failure): boolean {
  return status === 404 && message !== undefined;
}

/**
 * `dials`: whether a lost reply may mean a call that exists.
 * `CARRIER_REFUSED` Plivo said no; `CARRIER_UNREACHABLE` it did not take the order; `OUTCOME_UNKNOWN` it may have dialled.
 */
export function orderFailed(failure: Failure, dials: boolean): CallError {
  const { status, code } = failure;
  if (status !== undefined && status < 500) return refused({ ...failure, status });
  const what = lossReason(failure);
  if (dials && (status !== undefined || !wasNotSent(code))) {
    return new CallError("OUTCOME_UNKNOWN", `Plivo's answer to the dial order was lost (${what}): the call may exist`);
  }
  return new CallError("CARRIER_UNREACHABLE", `Plivo could not be reached (${what})`, {
    hint: "check the network connection, `plivo.baseUrl`, and https://status.plivo.com",
  });
}

/** A live call is needed, and Plivo knows none by this id. */
export function notLive(): CallError {
  return new CallError("CALL_NOT_LIVE", "Plivo knows no live call by this id", {
    hint: "the call is not answered yet, or over: see `voicecall status`",
  });
}

function refused({ status, message }: Failure & { status: number }): CallError {
  const said = message === undefined ? `HTTP ${status}` : withoutNumbers(message).slice(0, 300);
  return new CallError("CARRIER_REFUSED", `Plivo refused the order: ${said}`, {
    carrierCode: String(status),
    hint: advice[status] ?? (message === undefined ? "check `plivo.baseUrl`: the answer was not Plivo's" : undefined),
  });
}
