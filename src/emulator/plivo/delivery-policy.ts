// How often and how long Plivo tries to deliver a webhook: its defaults, and what the URL's fragment changes.
import type { WebhookKind } from "./faults.ts";
import { withoutFragment } from "./signature.ts";

/** What went wrong with an attempt, in the words of the `rp` override. */
export type RetryReason = "ct" | "rt" | "4xx" | "5xx";

export interface DeliveryPolicy {
  /** The URL without its fragment: what is signed and requested. */
  readonly url: string;
  readonly retries: number;
  readonly retryOn: ReadonlySet<RetryReason>;
  /** Real milliseconds. */
  readonly connectMs: number;
  readonly readMs: number;
  readonly totalMs: number;
}

const EVERY_REASON: readonly RetryReason[] = ["ct", "rt", "4xx", "5xx"];
const CALLBACKS: ReadonlySet<WebhookKind> = new Set(["ring", "hangup", "machine"]);

/**
 * Reads `#rc=2&rp=ct,rt,5xx&ct=2000&rt=40000&tt=55000` (times in milliseconds). Without it: one retry when nobody
 * answered, 2 s to connect, `documentMs` to get a document and 40 s for a callback, 55 s in all; the answer URL is tried
 * three times within 60 s whatever went wrong.
 */
export function deliveryPolicy(address: string, kind: WebhookKind, documentMs: number): DeliveryPolicy {
  const url = withoutFragment(address);
  const overrides = new URLSearchParams(address.slice(url.length + 1));
  const isAnswer = kind === "answer";
  const policy = overrides.get("rp") ?? (isAnswer ? "all" : "ct,rt");
  return {
    url,
    retries: inRange(overrides.get("rc"), { min: 0, max: 5, otherwise: isAnswer ? 2 : 1 }),
    retryOn: reasons(policy),
    connectMs: inRange(overrides.get("ct"), { min: 100, max: 10_000, otherwise: 2000 }),
    readMs: inRange(overrides.get("rt"), {
      min: 100,
      max: 40_000,
      otherwise: CALLBACKS.has(kind) ? 40_000 : documentMs,
    }),
    totalMs: inRange(overrides.get("tt"), { min: 100, max: 60_000, otherwise: isAnswer ? 60_000 : 55_000 }),
  };
}

function reasons(policy: string): ReadonlySet<RetryReason> {
  const named = policy.split(",");
  return new Set(EVERY_REASON.filter((reason) => named.includes(reason) || named.includes("all")));
}

function inRange(
  text: string | null,
  range: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  const value = text === null || !/^\d+$/.test(text) ? Number.NaN : Number(text);
  return value >= range.min && value <= range.max ? value : range.otherwise;
}
