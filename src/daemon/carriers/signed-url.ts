// Which URL a carrier has signed, and whether a signature is the one that we would make.
import { timingSafeEqual } from "node:crypto";
import type { RawWebhook } from "./carrier.ts";

/** The forms of a URL that a carrier may have signed: it keeps or drops the port. `canonical` has none. */
interface SignedUrls {
  canonical: string;
  other: string;
}

/**
 * @returns the forms of the public URL, without its query: scheme, host and path, with the port and without (or with the default one).
 * Nothing that a request says about its own host counts here.
 */
export function createSignedUrls(): (publicUrl: string) => SignedUrls {
  let last: { publicUrl: string; urls: SignedUrls } | undefined;
  return (publicUrl) => {
    if (last?.publicUrl !== publicUrl) last = { publicUrl, urls: signedUrls(publicUrl) };
    return last.urls;
  };
}

function signedUrls(publicUrl: string): SignedUrls {
  const [, scheme = "", host = "", port, path = ""] =
    /^(\w+:\/\/)([^/?#]+?)(?::(\d+))?(\/[^?#]*)?(?:[?#]|$)/.exec(publicUrl) ?? [];
  const otherPort = port ?? (scheme.toLowerCase() === "http://" ? "80" : "443");
  return { canonical: `${scheme}${host}${path || "/"}`, other: `${scheme}${host}:${otherPort}${path || "/"}` };
}

/** The URLs, without query, that a trusted proxy names for this request. */
export function alsoSigned({ target, alsoAt = [] }: RawWebhook): string[] {
  const [path = "/"] = target.split("?", 1);
  return alsoAt.map((origin) => `${origin}${path}`);
}

/** Compares in constant time. */
export function sameSignature(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
