// Twilio's connection overrides: retry and timeout settings carried in a webhook URL's fragment.
import { withoutFragment } from "./signature.ts";

/** What went wrong with an attempt, in the words of the `rp` override. */
export type RetryReason = "ct" | "rt" | "4xx" | "5xx";

export interface ConnectionSettings {
  /** The URL without its fragment: what is signed and requested. */
  readonly url: string;
  readonly retries: number;
  readonly retryOn: ReadonlySet<RetryReason>;
  readonly connectMs: number;
  readonly readMs: number;
  readonly totalMs: number;
}

const EVERY_REASON: readonly RetryReason[] = ["ct", "rt", "4xx", "5xx"];

/**
 * Reads `#rc=5&rp=ct,rt,5xx&ct=2000&rt=15000&tt=15000` (times in milliseconds). Values out of Twilio's range fall back to
 * the defaults: one retry, on connect failure only, 5 s to connect, 15 s to read, `totalMs` for all attempts together.
 */
export function connectionSettings(url: string, totalMs: number): ConnectionSettings {
  const plain = withoutFragment(url);
  const overrides = new URLSearchParams(url.slice(plain.length + 1));
  return {
    url: plain,
    retries: inRange(overrides.get("rc"), { min: 0, max: 5, otherwise: 1 }),
    retryOn: reasons(overrides.get("rp")),
    connectMs: inRange(overrides.get("ct"), { min: 100, max: 10_000, otherwise: 5000 }),
    readMs: inRange(overrides.get("rt"), { min: 100, max: 15_000, otherwise: totalMs }),
    totalMs: inRange(overrides.get("tt"), { min: 100, max: 15_000, otherwise: totalMs }),
  };
}

function reasons(policy: string | null): ReadonlySet<RetryReason> {
  const named = (policy ?? "ct").split(",");
  return new Set(EVERY_REASON.filter((reason) => named.includes(reason) || named.includes("all")));
}

function inRange(
  text: string | null,
  range: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  const value = text === null || !/^\d+$/.test(text) ? Number.NaN : Number(text);
  return value >= range.min && value <= range.max ? value : range.otherwise;
}
