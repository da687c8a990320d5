// Twilio's call statuses in our words.
import type { LegOutcome } from "../../../call/fact.ts";

export type LegStatus = { leg: "ringing" | "live" } | { leg: "ended"; outcome: LegOutcome };

/** Reads `CallStatus` of webhooks and `status` of REST (Twilio: "Call resource"); undefined when it is not a documented one. */
export function legStatus(status: string | undefined): LegStatus | undefined {
  switch (status) {
    case "completed":
    case "busy":
    case "no-answer":
    case "failed":
    case "canceled":
      return { leg: "ended", outcome: status };
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
