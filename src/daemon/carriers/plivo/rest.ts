// Plivo's REST API through its own SDK's call interface, loaded with the first order; errors come out as CallErrors that hold no secret.
import { CallError } from "../../../call/error.ts";
import type { Clock } from "../../deps.ts";
import { failureOf, isMissing, orderFailed } from "./refusal.ts";
import { createRequest, type Failure, type PlivoAccount, type SendRequest } from "./request.ts";

/** The part of the SDK's call interface that we use; its own types promise more than Plivo's answers hold. */
export interface Calls {
  create(from: string, to: string, answerUrl: string, params: object): Promise<{ requestUuid?: unknown }>;
  transfer(callUuid: string, to: { legs: string; alegUrl: string; alegMethod: string }): Promise<unknown>;
  sendDigits(callUuid: string, digits: string, params: object): Promise<unknown>;
  hangup(callUuid: string): Promise<unknown>;
  /** Cancels a dial that has not been answered. */
  cancel(requestUuid: string): Promise<unknown>;
  getLiveCall(callUuid: string): Promise<CallRecord>;
  getQueuedCall(callUuid: string): Promise<CallRecord>;
  /** The record of a call that is over. */
  get(callUuid: string): Promise<{ callState?: unknown; hangupCauseCode?: unknown }>;
  listLiveCalls(filter: object): Promise<{ callUuid?: unknown }[]>;
  listQueuedCalls(): Promise<{ callUuid?: unknown }[]>;
}

/** What is read of a call that is not over (Plivo: "Live calls", "Queued calls"). */
export interface CallRecord {
  callUuid?: unknown;
  requestUuid?: unknown;
  callStatus?: unknown;
  direction?: unknown;
  from?: unknown;
  to?: unknown;
}

interface OrderOptions {
  signal: AbortSignal;
  /** Whether a lost reply may mean a call that exists. */
  dials?: boolean;
}

type Give<T> = (calls: Calls) => Promise<T>;

export interface Rest {
  /** Gives one order; see `Carrier` for how it fails. */
  order<T>(give: Give<T>, options: OrderOptions): Promise<T>;
  /** As `order`; undefined when Plivo says that there is no such call. */
  find<T>(give: Give<T>, signal: AbortSignal): Promise<T | undefined>;
}

type Connect = (request: SendRequest) => Calls;

export function createRest(account: PlivoAccount, clock: Clock): Rest {
  let sdk: Promise<Connect> | undefined;

  async function attempt<T>(give: Give<T>, signal: AbortSignal): Promise<{ answer: T } | { failure: Failure }> {
    if (signal.aborted) throw aborted();
    sdk ??= load();
    const connect = await sdk;
    try {
      return { answer: await give(connect(createRequest({ account, clock, signal }))) };
    } catch (error) {
      if (signal.aborted) throw aborted();
      return { failure: failureOf(error) };
    }
  }

  return {
    async order(give, { signal, dials = false }) {
      const outcome = await attempt(give, signal);
      if ("answer" in outcome) return outcome.answer;
      throw orderFailed(outcome.failure, dials);
    },
    async find(give, signal) {
      const outcome = await attempt(give, signal);
      if ("answer" in outcome) return outcome.answer;
      if (isMissing(outcome.failure)) return undefined;
      throw orderFailed(outcome.failure, false);
    },
  };
}

/** Two modules of the SDK, without its HTTP client. */
async function load(): Promise<Connect> {
  const [{ CallInterface }, { camelCaseRequestWrapper }] = await Promise.all([
    import("plivo/dist/resources/call.js"),
    import("plivo/dist/rest/utils.js"),
  ]);
  return (request) => new CallInterface(camelCaseRequestWrapper(request));
}

function aborted(): CallError {
  return new CallError("ABORTED", "the order was given up before Plivo answered");
}
