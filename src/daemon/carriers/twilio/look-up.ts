// Asking Twilio about legs: one by its id, or the one whose dial reply was lost.
import { CallError } from "../../../call/error.ts";
import type { Carrier, LookUpOutcome, LostDial } from "../carrier.ts";
import { isMissing } from "./refusal.ts";
import type { Rest } from "./rest.ts";
import { legStatus } from "./statuses.ts";

/** How far Twilio's clock and ours may differ. */
const clockSkewMs = 60_000;
/** Twilio lists the newest calls first; between the same two numbers few are newer than one just dialled. */
const mostListed = 50;

/** What is read of a listed call (Twilio: "Call resource"); a queued call may have no dates yet. */
interface ListedCall {
  sid: string;
  status: string;
  direction: string;
  dateCreated: unknown;
  startTime: unknown;
}

export function createLookUp(rest: Rest): Pick<Carrier, "lookUp" | "findLost"> {
  return {
    lookUp: (leg, signal) =>
      rest.order<LookUpOutcome>(async (client) => outcomeOf(await client.calls(leg.carrierCallId).fetch()), {
        signal,
        accept: (failure) => (isMissing(failure) ? { leg: "missing" } : undefined),
      }),
    findLost: (dial, signal) =>
      rest.order<LookUpOutcome>(
        async (client) => {
          // Not narrowed by StartTime: a queued call has none, and would be left out.
          const listed = await client.calls.list({
            to: dial.to,
            from: dial.from,
            limit: mostListed,
            pageSize: mostListed,
          });
          const [found, ...others] = listed.filter((call) => mayBe(dial, call));
          if (found === undefined || others.length > 0) return { leg: "missing" };
          return { ...outcomeOf(found), carrierCallId: found.sid };
        },
        { signal },
      ),
  };
}

function outcomeOf({ status }: { status: string }): Exclude<LookUpOutcome, { leg: "missing" }> {
  const known = legStatus(status);
  if (known !== undefined) return known;
  throw new CallError("CARRIER_UNREACHABLE", "Twilio's answer about the call could not be read");
}

function mayBe({ dialledAt, taken }: LostDial, call: ListedCall): boolean {
  if (call.direction !== "outbound-api" || taken.has(call.sid)) return false;
  const created = call.dateCreated ?? call.startTime;
  if (created instanceof Date) return created.getTime() >= dialledAt - clockSkewMs;
  return legStatus(call.status)?.leg !== "ended";
}
