// Plivo's webhook signature, third version: over the configured public URL, the fields and a nonce. The second covers no fields and is refused.
import { createHmac } from "node:crypto";
import type { Log } from "../../deps.ts";
import type { RawWebhook } from "../carrier.ts";
import { type Fields, readFields } from "../form.ts";
import type { CarrierMedia, RawUpgrade } from "../media.ts";
import { alsoSigned, createSignedUrls, sameSignature, upgradeUrls } from "../signed-url.ts";

/** Signed with the token of the account, or subaccount, that the call belongs to. */
export const signatureHeader = "x-plivo-signature-v3";
/** Signed with the token of the main account. */
const mainAccountHeader = "x-plivo-signature-ma-v3";
const nonceHeader = "x-plivo-signature-v3-nonce";

export interface VerifyOptions {
  authToken: string;
  /** The exact URL at which the carrier reaches us. */
  publicUrl(): string;
  log: Log;
  /** The digest is still made, the headers are not looked at. */
  skipSignatureVerification: boolean;
}

/** What Plivo says and what we had put into the URL; of a GET both are the query. */
export interface WebhookFields {
  query: Fields;
  form: Fields;
}

/**
 * @returns the digest of the signed content, the same for every way of signing it; undefined when the signature is wrong.
 * Whatever passes with the same signature has the same digest, so that no other arrangement of the same bytes is news.
 */
type Verify = (raw: RawWebhook, fields: WebhookFields) => string | undefined;

/** HMAC-SHA256 over URL, sorted query, sorted fields and nonce (Plivo: "Signature validation, V3"), compared in constant time. */
export function createVerify({ authToken, publicUrl, log, skipSignatureVerification }: VerifyOptions): Verify {
  const urlsOf = createSignedUrls();
  return (raw, fields) => {
    const nonce = nonceOf(raw) ?? (skipSignatureVerification ? "" : undefined);
    const urls = urlsOf(publicUrl());
    const others = [urls.other, ...alsoSigned(raw)];
    const given = signaturesOf(raw);
    if (nonce !== undefined && isMethod(raw.method)) {
      const rest = `${signedText(raw.method, fields)}.${nonce}`;
      const digest = sign(authToken, urls.canonical + rest);
      if (skipSignatureVerification || given.some((one) => sameSignature(one, digest))) return digest;
      for (const url of given.length === 0 ? [] : others) {
        const other = sign(authToken, url + rest);
        if (given.some((one) => sameSignature(one, other))) return digest;
      }
    }
    const query = raw.target.includes("?") ? "?…" : "";
    log.warn(
      {
        urls: [urls.canonical, ...others].map((url) => url + query),
        signed: given.length > 0,
        nonce: nonce !== undefined,
      },
      "refused a webhook: it was not signed (V3) for one of these URLs with the account's auth token",
    );
    return undefined;
  };
}

/** Plivo signs the upgrade of a media socket as a GET of its URL, in the form `http`; other schemes need the secret all the same. */
export function createVerifyUpgrade(options: VerifyOptions): CarrierMedia["verify"] {
  return (raw) => {
    if (options.skipSignatureVerification) return "unsigned";
    const [path = "/", query = ""] = raw.target.split("?", 2);
    const asked = readFields(query);
    const nonce = nonceOf(raw);
    const given = signaturesOf(raw);
    const urls = upgradeUrls(["http", "wss", "https", "ws"], options.publicUrl(), { ...raw, target: path });
    const rest = `${signedText("GET", { query: asked, form: asked })}.${nonce ?? ""}`;
    const signed = (url: string): boolean => {
      const digest = sign(options.authToken, url + rest);
      return given.some((one) => sameSignature(one, digest));
    };
    if (nonce !== undefined && given.length > 0 && urls.some(signed)) return "signed";
    options.log.warn(
      { hosts: urls.map((url) => url.slice(0, url.length - path.length)), signed: given.length > 0 },
      "refused a media socket: it was not signed (V3) for one of these hosts with the account's auth token",
    );
    return "wrong";
  };
}

function isMethod(method: string): method is "GET" | "POST" {
  return method === "GET" || method === "POST";
}

/** Without dots, so that what stands behind the last dot of the signed content can be nothing else. */
function nonceOf({ headers }: RawUpgrade): string | undefined {
  const nonce = headers[nonceHeader];
  return typeof nonce === "string" && /^[\w-]{1,100}$/.test(nonce) ? nonce : undefined;
}

/** A header may list several, as while a token is being changed. */
function signaturesOf({ headers }: RawUpgrade): string[] {
  return [signatureHeader, mainAccountHeader].flatMap((name) => {
    const value = headers[name];
    return typeof value === "string" ? value.split(",").map((one) => one.trim()) : [];
  });
}

function sign(authToken: string, content: string): string {
  return createHmac("sha256", authToken).update(content).digest("base64");
}

/** What follows scheme, host and path in the signed content: only a POST with fields tells them apart from the query. */
function signedText(method: "GET" | "POST", { query, form }: WebhookFields): string {
  const asked = sorted(query, "=").join("&");
  if (method === "GET" || form.pairs.length === 0) return asked === "" ? "" : `?${asked}`;
  return `?${asked}${asked === "" ? "" : "."}${sorted(form, "").join("")}`;
}

function sorted({ pairs }: Fields, between: string): string[] {
  return pairs.toSorted(byNameThenValue).map(([name, value]) => `${name}${between}${value}`);
}

function byNameThenValue(a: readonly [string, string], b: readonly [string, string]): number {
  const side = a[0] === b[0] ? 1 : 0;
  if (a[side] === b[side]) return 0;
  return a[side] < b[side] ? -1 : 1;
}
