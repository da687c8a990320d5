// Asking Telnyx about a leg by its id.
import { CallError } from "../../../call/error.ts";
import type { Carrier, LookUpOutcome } from "../carrier.ts";
import { decodeClientState } from "./client-state.ts";
import { type Fields, fieldsOf, textOf } from "../json-fields.ts";
import { isMissing } from "./refusal.ts";
import type { Rest } from "./rest.ts";

export function createLookUp(rest: Rest): Pick<Carrier, "lookUp" | "findLost"> {
  return {
    async lookUp({ carrierCallId }, signal) {
      const answer = await rest.order((calls, sending) => calls.retrieveStatus(carrierCallId, sending), {
        signal,
        tolerates: isMissing,
      });
      return answer === undefined ? { leg: "missing" } : outcomeOf(fieldsOf(answer.data));
    },
    // Telnyx lists no calls by number. A call whose dial reply was lost comes back by its webhooks, which carry our id.
    findLost: () => Promise.resolve({ leg: "missing" }),
  };
}

/** Telnyx: "Retrieve a call status"; known until ten minutes after the end, without the reason of it. */
function outcomeOf(call: Fields | undefined): LookUpOutcome {
  if (call?.["is_alive"] === true) return { leg: wasAnswered(call) ? "live" : "ringing" };
  if (call?.["is_alive"] === false) {
    // A leg that is only being dialled is not "alive" either; only the end has a time.
    return textOf(call["end_time"]) === undefined ? { leg: "ringing" } : { leg: "ended", outcome: "completed" };
  }
  throw new CallError("CARRIER_UNREACHABLE", "Telnyx's answer about the call could not be read");
}

/** Telnyx does not tell ringing from talking, but speech is ordered only after the answer. */
function wasAnswered(call: Fields): boolean {
  return decodeClientState(call["client_state"])?.utterance !== undefined;
}
