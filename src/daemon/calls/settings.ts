// What the core needs of the configuration, read anew for each new call.
import type { CallMode } from "../../call/command.ts";
import type { CallLimits } from "../../call/event.ts";
import type { InboundPolicy } from "../../call/policy.ts";

export interface CallSettings {
  /** Name of the carrier that new calls go through. */
  carrier: string;
  fromNumber: string;
  toNumber?: string;
  defaultMode: CallMode;
  inbound: InboundPolicy & { greeting?: string };
  limits: CallLimits;
  maxConcurrentCalls: number;
}
