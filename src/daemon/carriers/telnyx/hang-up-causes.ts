// Why Telnyx says a leg is over (`hangup_cause` of call.hangup), in our words.
import type { CarrierFact, LegOutcome } from "../../../call/fact.ts";

type Over = Extract<CarrierFact, { type: "over" }>;

/** What the callee's side said, where the cause alone does not tell "refused" from "not possible" (RFC 3261 §21). */
const refusedByCallee = new Set(["486", "600", "603"]);

/** `sip`: the last SIP status, as text. A cause that is not documented counts as a failure and is kept. */
export function overFor(cause: string | undefined, sip: string | undefined): Over {
  const name = cause ?? "unspecified";
  const outcome = outcomeOf(name, sip);
  if (outcome === "completed") return { type: "over", outcome };
  if (outcome === "canceled" || outcome === "no-answer") return { type: "over", outcome };
  const said = sip === undefined ? "" : `, SIP response ${sip}`;
  return {
    type: "over",
    outcome,
    carrierCode: name,
    message: `${whatHappened(name, outcome)} (Telnyx: ${name}${said})`,
  };
}

function outcomeOf(cause: string, sip: string | undefined): LegOutcome {
  switch (cause) {
    case "normal_clearing":
      return "completed";
    case "time_limit":
      return "timeout";
    case "originator_cancel":
      return "canceled";
    case "user_busy":
      return "busy";
    case "no_answer":
    case "timeout":
      return "no-answer";
    case "call_rejected":
      return sip !== undefined && refusedByCallee.has(sip) ? "busy" : "failed";
    default:
      return "failed";
  }
}

function whatHappened(cause: string, outcome: LegOutcome): string {
  if (cause === "time_limit") return "the carrier's time limit ended the call";
  if (cause === "not_found") return "the number does not exist or cannot be reached";
  if (cause === "call_rejected") return "the call was rejected";
  return outcome === "busy" ? "the callee is busy" : "the carrier could not connect or keep the call";
}
