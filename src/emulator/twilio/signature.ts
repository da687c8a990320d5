// Twilio's request signature, written from the published rule and sharing nothing with any verifier.
import { createHmac } from "node:crypto";

/** Form fields in the order sent; a key may occur more than once. */
export type FormFields = readonly (readonly [name: string, value: string])[];

/**
 * The `X-Twilio-Signature` of a request: base64 of HMAC-SHA1 over the URL without its fragment, followed, for a form
 * POST, by every key and its distinct sorted values, keys in byte order (Twilio: "Webhooks security").
 * GET requests and socket upgrades pass no fields; an upgrade is signed in its `wss://` form.
 */
export function signTwilioRequest(authToken: string, url: string, fields: FormFields = []): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of fields) {
    values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  const hmac = createHmac("sha1", authToken).update(withoutFragment(url));
  for (const name of [...values.keys()].toSorted(byBytes)) {
    for (const value of [...(values.get(name) ?? [])].toSorted(byBytes)) {
      hmac.update(name + value);
    }
  }
  return hmac.digest("base64");
}

/** The URL as it is requested: everything before `#`. */
export function withoutFragment(url: string): string {
  const hash = url.indexOf("#");
  return hash === -1 ? url : url.slice(0, hash);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
