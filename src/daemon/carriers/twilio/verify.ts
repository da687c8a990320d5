// Twilio's webhook signature over the configured public URL: nothing that the request says about its own host counts.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Log } from "../../deps.ts";
import type { RawWebhook } from "../carrier.ts";
import type { Fields } from "./form.ts";

export const signatureHeader = "x-twilio-signature";

interface VerifyOptions {
  authToken: string;
  /** The exact URL at which the carrier reaches us. */
  publicUrl(): string;
  log: Log;
  /** The digest is still made, the header is not looked at. */
  skipSignatureVerification: boolean;
}

/** @returns the digest of the signed content, the same for every way of signing it; undefined when the signature is wrong. */
type Verify = (raw: RawWebhook, form: Fields) => string | undefined;

/** The forms of a URL that Twilio may have signed: it keeps or drops the port. `canonical` has none. */
interface SignedUrls {
  canonical: string;
  other: string;
}

/** HMAC-SHA1 over URL and sorted form fields (Twilio: "Webhooks security"), compared in constant time. */
export function createVerify(options: VerifyOptions): Verify {
  const urlsOf = rememberingLast(signedUrls);
  return (raw, form) => {
    const urls = urlsOf(options.publicUrl());
    const start = raw.target.indexOf("?");
    const rest = `${start === -1 ? "" : raw.target.slice(start)}${signedText(form)}`;
    const digest = sign(options.authToken, urls.canonical + rest);
    if (options.skipSignatureVerification) return digest;
    const given = raw.headers[signatureHeader];
    if (typeof given === "string" && (same(given, digest) || same(given, sign(options.authToken, urls.other + rest))))
      return digest;
    const query = start === -1 ? "" : "?…";
    options.log.warn(
      { urls: [urls.canonical + query, urls.other + query], signed: given !== undefined },
      "refused a webhook: it was not signed for one of these URLs with the account's auth token",
    );
    return undefined;
  };
}

function sign(authToken: string, content: string): string {
  return createHmac("sha1", authToken).update(content).digest("base64");
}

function same(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Keys in order, each with its distinct values in order, without separators. */
function signedText(form: Fields): string {
  let text = "";
  let last: readonly [string, string] | undefined;
  for (const pair of form.pairs.toSorted(byNameThenValue)) {
    if (pair[0] === last?.[0] && pair[1] === last[1]) continue;
    text += pair[0] + pair[1];
    last = pair;
  }
  return text;
}

function byNameThenValue(a: readonly [string, string], b: readonly [string, string]): number {
  const side = a[0] === b[0] ? 1 : 0;
  if (a[side] === b[side]) return 0;
  return a[side] < b[side] ? -1 : 1;
}

/** Scheme, host and path of the public URL, with its port and without (or with the default one). */
function signedUrls(publicUrl: string): SignedUrls {
  const [, scheme = "", host = "", port, path = ""] =
    /^(\w+:\/\/)([^/?#]+?)(?::(\d+))?(\/[^?#]*)?(?:[?#]|$)/.exec(publicUrl) ?? [];
  const otherPort = port ?? (scheme.toLowerCase() === "http://" ? "80" : "443");
  return { canonical: `${scheme}${host}${path || "/"}`, other: `${scheme}${host}:${otherPort}${path || "/"}` };
}

function rememberingLast<T>(make: (key: string) => T): (key: string) => T {
  let last: { key: string; value: T } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}
