// Twilio's REST API through its own SDK, loaded with the first order; errors come out as CallErrors that hold no secret.
import type TwilioClient from "twilio/lib/rest/Twilio.js";
import { CallError } from "../../../call/error.ts";
import { type Failure, failureOf, orderFailed } from "./refusal.ts";

export interface TwilioAccount {
  /** `AC` + 32 hex digits. */
  accountSid: string;
  authToken: string;
  /** For example `ie1` or `au1`; the token must be that region's. */
  region?: string | undefined;
  /** In place of `https://api.twilio.com`. */
  baseUrl?: string | undefined;
}

/** Twilio names a region's address by its edge and region together (Twilio: "Global infrastructure"). */
const edges: Readonly<Record<string, string>> = { us1: "ashburn", ie1: "dublin", au1: "sydney" };

const orderTimeoutMs = 10_000;

interface OrderOptions<T> {
  signal: AbortSignal;
  /** Whether a lost reply may mean a call that exists. */
  dials?: boolean;
  /** An answer of Twilio that is no failure after all. */
  accept?: (failure: Failure) => T | undefined;
}

export interface Rest {
  /** Gives one order; see `Carrier` for how it fails. */
  order<T>(give: (client: TwilioClient) => Promise<T>, options: OrderOptions<T>): Promise<T>;
}

export function createRest(account: TwilioAccount): Rest {
  let client: Promise<TwilioClient> | undefined;
  return {
    async order(give, { signal, dials = false, accept }) {
      if (signal.aborted) throw aborted();
      client ??= connect(account);
      const ready = await client;
      try {
        return await unlessAborted(() => give(ready), signal);
      } catch (error) {
        if (error instanceof CallError) throw error;
        const failure = failureOf(error);
        const accepted = accept?.(failure);
        if (accepted !== undefined) return accepted;
        throw orderFailed(failure, dials);
      }
    },
  };
}

async function connect({ accountSid, authToken, region, baseUrl }: TwilioAccount): Promise<TwilioClient> {
  if (!accountSid.startsWith("AC")) {
    throw new CallError("CONFIG_INVALID", "`twilio.accountSid` does not begin with AC", {
      hint: "copy the Account SID from the Twilio console",
    });
  }
  const { default: Twilio } = await import("twilio/lib/rest/Twilio.js");
  const client = new Twilio(accountSid, authToken, {
    ...address(baseUrl === undefined ? region : undefined),
    // At its level "debug" the SDK prints what it sends.
    logLevel: "none",
    timeout: orderTimeoutMs,
  });
  if (baseUrl !== undefined) client.api.baseUrl = baseUrl.replace(/\/+$/, "");
  return client;
}

/** Both given always, if only as nothing: else the SDK takes them from the environment. */
function address(region: string | undefined): { edge: string; region: string } {
  return region === undefined ? { edge: "", region: "" } : { edge: edges[region] ?? "", region };
}

/** Stops waiting when the signal says so; the order itself may still arrive. */
async function unlessAborted<T>(give: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw aborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(aborted());
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([give(), promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function aborted(): CallError {
  return new CallError("ABORTED", "the order was given up before Twilio answered");
}
