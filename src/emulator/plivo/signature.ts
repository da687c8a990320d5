// Plivo's request signatures, written from the published rules and sharing nothing with any verifier.
import { createHmac } from "node:crypto";

/** Form fields in the order sent; a key may occur more than once. */
export type FormFields = readonly (readonly [name: string, value: string])[];

export interface SignedRequest {
  readonly method: "GET" | "POST";
  /** As requested; for GET with every field in its query. The address of a socket is signed in its `http://` form. */
  readonly url: string;
  /** Decimal digits. */
  readonly nonce: string;
  /** The fields of a POST body; none for GET. */
  readonly fields: FormFields;
}

/**
 * The `X-Plivo-Signature-V3` of a request: base64 of HMAC-SHA256 over the URL with its decoded and sorted query, the sorted
 * fields of a POST, and the nonce (Plivo: "Signature validation, V3").
 */
export function signV3(authToken: string, request: SignedRequest): string {
  return hmac(authToken, `${signedAddress(request)}.${request.nonce}`);
}

/** The `X-Plivo-Signature-V2`, which covers neither query nor body: HMAC-SHA256 over the bare URL and the nonce. */
export function signV2(authToken: string, url: string, nonce: string): string {
  return hmac(authToken, splitQuery(withoutFragment(url)).address + nonce);
}

/** The URL as it is requested: everything before `#`. */
export function withoutFragment(url: string): string {
  const hash = url.indexOf("#");
  return hash === -1 ? url : url.slice(0, hash);
}

function signedAddress({ method, url, fields }: SignedRequest): string {
  const { address, query } = splitQuery(withoutFragment(url));
  const sortedQuery = sorted([...new URLSearchParams(query)]).map(([name, value]) => `${name}=${value}`);
  const joined = sortedQuery.join("&");
  if (method === "GET" || fields.length === 0) {
    return joined === "" ? address : `${address}?${joined}`;
  }
  const body = sorted(fields).map(([name, value]) => name + value);
  return `${address}?${joined}${joined === "" ? "" : "."}${body.join("")}`;
}

function splitQuery(url: string): { address: string; query: string } {
  const mark = url.indexOf("?");
  return mark === -1 ? { address: url, query: "" } : { address: url.slice(0, mark), query: url.slice(mark + 1) };
}

/** By key, and by value where a key occurs more than once. */
function sorted(fields: FormFields): FormFields {
  return fields.toSorted((a, b) => byBytes(a[0], b[0]) || byBytes(a[1], b[1]));
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function hmac(authToken: string, text: string): string {
  return createHmac("sha256", authToken).update(text).digest("base64");
}
