// Twilio's webhook signature over the configured public URL: and over what a trusted proxy names.
import { createHmac } from "node:crypto";
import type { Log } from "../../deps.ts";
import type { RawWebhook } from "../carrier.ts";
import type { Fields } from "../form.ts";
import type { CarrierMedia } from "../media.ts";
import { alsoSigned, createSignedUrls, sameSignature, upgradeUrls } from "../signed-url.ts";

export const signatureHeader = "x-twilio-signature";

export interface VerifyOptions {
  authToken: string;
  /** The exact URL at which the carrier reaches us. */
  publicUrl(): string;
  log: Log;
  /** The digest is still made, the header is not looked at. */
  skipSignatureVerification: boolean;
}

/** @returns the digest of the signed content, the same for every way of signing it; undefined when the signature is wrong. */
type Verify = (raw: RawWebhook, form: Fields) => string | undefined;

/** HMAC-SHA1 over URL and sorted form fields (Twilio: "Webhooks security"), compared in constant time. */
export function createVerify(options: VerifyOptions): Verify {
  const urlsOf = createSignedUrls();
  return (raw, form) => {
    const urls = urlsOf(options.publicUrl());
    const start = raw.target.indexOf("?");
    const rest = `${start === -1 ? "" : raw.target.slice(start)}${signedText(form)}`;
    const digest = sign(options.authToken, urls.canonical + rest);
    if (options.skipSignatureVerification) return digest;
    const given = raw.headers[signatureHeader];
    const others = [urls.other, ...alsoSigned(raw)];
    const signed = (url: string): boolean =>
      typeof given === "string" && sameSignature(given, sign(options.authToken, url + rest));
    if ((typeof given === "string" && sameSignature(given, digest)) || others.some(signed)) return digest;
    const query = start === -1 ? "" : "?…";
    options.log.warn(
      { urls: [urls.canonical, ...others].map((url) => url + query), signed: given !== undefined },
      "refused a webhook: it was not signed for one of these URLs with the account's auth token",
    );
    return undefined;
  };
}

/** Twilio signs the upgrade of a media socket over its URL alone, in the form that it dials: `wss`. */
export function createVerifyUpgrade(options: VerifyOptions): CarrierMedia["verify"] {
  return (raw) => {
    if (options.skipSignatureVerification) return "unsigned";
    const publicUrl = options.publicUrl();
    const given = raw.headers[signatureHeader];
    const urls = upgradeUrls([publicUrl.startsWith("http:") ? "ws" : "wss"], publicUrl, raw);
    if (typeof given === "string" && urls.some((url) => sameSignature(given, sign(options.authToken, url))))
      return "signed";
    options.log.warn(
      { hosts: urls.map((url) => url.slice(0, url.length - raw.target.length)), signed: given !== undefined },
      "refused a media socket: it was not signed for one of these hosts with the account's auth token",
    );
    return "wrong";
  };
}

function sign(authToken: string, content: string): string {
  return createHmac("sha1", authToken).update(content).digest("base64");
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
