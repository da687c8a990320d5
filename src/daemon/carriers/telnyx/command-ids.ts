// Ids of commands that may rightly come twice: Telnyx does nothing for one that it knows.
import type { Clock } from "../../deps.ts";
import type { Leg } from "../carrier.ts";

/** Never the same, also not after a restart. */
export function createCommandIds(clock: Clock): (leg: Leg) => string {
  let given = 0;
  return ({ callId }) => `${callId}-${clock.now().toString(36)}-${(given++).toString(36)}`;
}
