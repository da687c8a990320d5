// What the core needs of the configuration, read anew for each new call.
import type { CallMode } from "../../call/command.ts";
import type { CallLimits, CallPhrases, CallRoute } from "../../call/event.ts";
import type { InboundPolicy } from "../../call/policy.ts";
import type { SessionScope } from "../../call/session-key.ts";

export interface CallSettings {
  /** Name of the carrier that new calls go through. */
  carrier: string;
  fromNumber: string;
  toNumber?: string;
  defaultMode: CallMode;
  inbound: InboundPolicy;
  limits: CallLimits;
  /** `pairing` holds `{code}`. */
  phrases: CallPhrases & { pairing: string; busy: string };
  /** Calls go over media streams, where the carrier can do that. */
  streams: boolean;
  /** A recogniser of ours is configured. */
  hears: boolean;
  /** Every call is recorded. */
  records: boolean;
  onVoicemail?: "hangup" | "leave-message";
  sessionScope: SessionScope;
  maxConcurrentCalls: number;
  /** How callers of one of our numbers are received; `""` stands for every number without settings of its own. */
  line(dialled: string): LineSettings;
}

export interface LineSettings {
  greeting?: string;
  route: CallRoute;
  responseTimeoutMs: number;
}
