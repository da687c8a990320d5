// May this call exist? Capacity for both directions, and who may call in.
import type { RejectReason } from "./event.ts";
import { CallError } from "./error.ts";
import { isPhoneNumber } from "./phone-number.ts";

export interface Admission {
  /** Calls that the carrier confirms as live, or that are being dialled. */
  liveCalls: number;
  maxConcurrentCalls: number;
  draining: boolean;
}

export interface InboundPolicy {
  policy: "disabled" | "allowlist" | "pairing" | "open";
  /** E.164 numbers that may call in under `allowlist` and `pairing`. */
  allowFrom: readonly string[];
}

/** @throws CallError `DRAINING` or `AT_CAPACITY` when no further call may be placed. */
export function admitOutbound({ liveCalls, maxConcurrentCalls, draining }: Admission): void {
  if (draining) {
    throw new CallError("DRAINING", "the daemon is stopping and places no new calls", {
      hint: "start it again with `voicecall daemon start` when its last call is over",
    });
  }
  if (liveCalls < maxConcurrentCalls) return;
  throw new CallError("AT_CAPACITY", `${liveCalls} of ${maxConcurrentCalls} possible calls are live`, {
    hint: "wait until one ends (`voicecall status`), end one (`voicecall end --call-id …`) or raise `maxConcurrentCalls`",
  });
}

/**
 * The reason to refuse a caller, or undefined to let the call in. Only a full E.164 caller id can be on the list;
 * an empty, anonymous, SIP or malformed one never is.
 */
export function refuseInbound(from: string, inbound: InboundPolicy, admission: Admission): RejectReason | undefined {
  if (inbound.policy === "disabled") return "inbound-disabled";
  if (inbound.policy !== "open") {
    if (!isPhoneNumber(from)) return "caller-unknown";
    if (inbound.policy === "allowlist" && !inbound.allowFrom.includes(from)) return "not-on-allowlist";
  }
  if (admission.draining) return "draining";
  return admission.liveCalls < admission.maxConcurrentCalls ? undefined : "at-capacity";
}

/** Whether the caller hears "busy" (call again later) or a plain refusal. */
export function soundsBusy(why: RejectReason): boolean {
  return why === "at-capacity" || why === "draining";
}
