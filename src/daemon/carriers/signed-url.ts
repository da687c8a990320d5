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

/** What was asked for, and at which origins besides the public URL's. */
export interface Asked {
  /** Path and query exactly as requested. */
  target: string;
  alsoAt?: readonly string[] | undefined;
}

/** The URLs that a carrier may have signed for a socket: the public URL's host, or one that a trusted proxy names, in these schemes. */
export function upgradeUrls(schemes: readonly string[], publicUrl: string, { target, alsoAt = [] }: Asked): string[] {
  const { canonical, other } = signedUrls(publicUrl);
  const hosts = [canonical, other, ...alsoAt].map((url) => url.replace(/^\w+:\/\//, "").replace(/\/.*$/, ""));
  return schemes.flatMap((scheme) => hosts.map((host) => `${scheme}://${host}${target}`));
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
