// Whether the carrier takes our credentials: it is asked about a call that does not exist.
import { CallError } from "../../call/error.ts";
import type { Check } from "../../router/context.ts";
import { carrierNames, failed, ok, type Subject } from "./check.ts";

const name = "carrier";

/** Well-formed ids that no call has. */
const nobody = {
  mock: "none",
  twilio: `CA${"0".repeat(32)}`,
  telnyx: `v3:${"A".repeat(60)}`,
  plivo: "00000000-0000-4000-8000-000000000000",
} as const;

/** Telnyx takes the key but not the id: "invalid call control id", "the call is over". */
const aboutTheId: readonly (string | undefined)[] = ["90015", "90018"];

export async function checkAccount({ config, calls, signal }: Subject): Promise<Check> {
  const { provider } = config;
  const { refusal } = calls.carriers;
  if (refusal !== undefined) return failed(name, refusal);
  if (provider === "mock") return ok(name, "the mock carrier plays the other side itself: no telephone rings");
  const carrier = calls.carriers.get(provider);
  const title = carrierNames[provider];
  if (carrier === undefined) {
    return failed(name, { message: `${title} is not in use yet`, hint: "`voicecall daemon stop`, then try again" });
  }
  const answered = ok(name, `${title} answers and takes the credentials`);
  try {
    await carrier.lookUp({ callId: "check", carrierCallId: nobody[provider] }, signal);
    return answered;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return aboutTheId.includes(error.carrierCode) ? answered : failed(name, error);
  }
}
