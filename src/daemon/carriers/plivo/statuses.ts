// Plivo's call statuses and hang-up causes in our words.
import type { CarrierFact, LegOutcome } from "../../../call/fact.ts";

type LegStatus = { leg: "ringing" | "live" } | { leg: "ended"; outcome: LegOutcome };

/** Reads `CallStatus` of webhooks and `call_status` of REST (Plivo: "Call status"); undefined when it is not a documented one. */
export function legStatus(status: string | undefined): LegStatus | undefined {
  switch (status) {
    case "completed":
    case "busy":
    case "failed":
    case "no-answer":
      return { leg: "ended", outcome: status };
    case "timeout":
      return { leg: "ended", outcome: "no-answer" };
    case "cancel":
    case "canceled":
    case "cancelled":
      return { leg: "ended", outcome: "canceled" };
    case "in-progress":
      return { leg: "live" };
    case "queued":
    case "initiated":
    case "ringing":
      return { leg: "ringing" };
    default:
      return undefined;
  }
}

type Over = Extract<CarrierFact, { type: "over" }>;

interface Cause {
  /** Where the status alone would tell it wrong. */
  outcome?: LegOutcome;
  message: string;
  hint?: string;
}

const unreachable: Cause = {
  outcome: "failed",
  message: "Plivo got no orders for the call",
  hint: "check that `publicUrl` can be reached from the internet, and the call's debug log in the Plivo console",
};
const unreadable: Cause = {
  outcome: "failed",
  message: "Plivo could not read its orders for the call",
  hint: "look at the call's debug log in the Plivo console: something may have answered in our place",
};

/** The codes that users meet (Plivo: "Hangup causes"); an ordinary end needs no words. */
const causes: Readonly<Record<string, Cause>> = {
  "1010": { message: "the Plivo account ran out of credit", hint: "add credit in the Plivo console" },
  "2000": {
    message: "the number to call does not exist",
    hint: "check the number to call: it must be written as + country code number",
  },
  "2030": {
    message: "the Plivo account may not call that country",
    hint: "allow it under Voice > Geo permissions in the Plivo console",
  },
  "3010": { message: "the callee is busy" },
  "3020": { message: "the callee declined the call" },
  "3030": {
    message: "the caller id was refused",
    hint: "check `fromNumber`: it must be a number of this Plivo account",
  },
  "4010": { message: "the line ran out of orders" },
  "5030": {
    message: "the account places as many calls as it may at once",
    hint: "wait for one to end, or ask Plivo for more",
  },
  "6020": { message: "no sound came through for too long" },
  "7011": unreachable,
  "7012": unreachable,
  "7013": unreachable,
  "7014": unreachable,
  "8011": unreadable,
  "8012": unreadable,
  "8013": unreadable,
  "8014": unreadable,
  "9100": { outcome: "completed", message: "a machine answered" },
};

/** The end of a leg, from its status and Plivo's code for the cause. */
export function overFact(status: LegOutcome, code: string | undefined): Over {
  // Plivo calls a dial that was cancelled "failed", also when we cancelled it.
  if (code === "1000") return { type: "over", outcome: status === "failed" ? "canceled" : status };
  const cause = code === undefined ? undefined : causes[code];
  if (code === undefined || (cause === undefined && status !== "failed")) return { type: "over", outcome: status };
  const { outcome = status, message = "the carrier could not connect the call", hint } = cause ?? {};
  return {
    type: "over",
    outcome,
    carrierCode: code,
    message: `${message} (Plivo hang-up cause ${code})`,
    ...(hint !== undefined && { hint }),
  };
}

/** How a finished call ended, from `call_state` and `hangup_cause_code` of its record; undefined when they do not tell. */
export function recordedOutcome(state: string | undefined, code: string | undefined): LegOutcome | undefined {
  switch (code) {
    case "1000":
      return "canceled";
    case "3000":
      return "no-answer";
    case "3010":
    case "3020":
      return "busy";
    default:
      return (code === undefined ? undefined : causes[code]?.outcome) ?? statedOutcome(state, code);
  }
}

function statedOutcome(state: string | undefined, code: string | undefined): LegOutcome | undefined {
  switch (state?.toUpperCase().replaceAll("_", "-")) {
    case "ANSWER":
    case "COMPLETED":
      return "completed";
    case "BUSY":
      return "busy";
    case "NO-ANSWER":
    case "TIMEOUT":
      return "no-answer";
    case "CANCEL":
      return "canceled";
    case undefined:
      return code === undefined ? undefined : "failed";
    default:
      return "failed";
  }
}
