// Telnyx's webhook signature: Ed25519 over the time stamp and the raw body. Neither URL nor other headers are covered, so none is read.
import { verify } from "node:crypto";
import type { Clock, Log } from "../../deps.ts";
import type { RawWebhook } from "../carrier.ts";
import { readPublicKey } from "./public-key.ts";

export const signatureHeader = "telnyx-signature-ed25519";
const timestampHeader = "telnyx-timestamp";

/** How far a time stamp may be from our clock, either way, in seconds; the tolerance of Telnyx's own SDK. */
const toleranceSeconds = 300;
const signatureLength = 64;

interface VerifyOptions {
  publicKey: string;
  clock: Pick<Clock, "now">;
  log: Log;
  skipSignatureVerification: boolean;
}

/** @throws CallError `CONFIG_INVALID` at once when there is no usable key. */
export function createVerify({
  publicKey,
  clock,
  log,
  skipSignatureVerification,
}: VerifyOptions): (raw: RawWebhook) => boolean {
  const key = readPublicKey(publicKey);

  function flaw({ headers, body }: RawWebhook): string | undefined {
    const signature = decoded(headers[signatureHeader]);
    if (signature === undefined) return `no single, well-formed ${signatureHeader} header`;
    const timestamp = headers[timestampHeader];
    if (typeof timestamp !== "string" || !/^\d{1,11}$/.test(timestamp))
      return `no single, well-formed ${timestampHeader} header`;
    const ageSeconds = Math.floor(clock.now() / 1000) - Number(timestamp);
    if (Math.abs(ageSeconds) > toleranceSeconds)
      return `its time stamp is ${ageSeconds} s old: an old request, or this machine's clock is wrong`;
    const signed = Buffer.concat([Buffer.from(`${timestamp}|`), body]);
    return verify(null, signed, key, signature)
      ? undefined
      : "it was not signed with the key of `telnyx.publicKey`, or was changed on its way";
  }

  return (raw) => {
    if (skipSignatureVerification) return true;
    const why = flaw(raw);
    if (why !== undefined) log.warn({ why }, "refused a webhook: its signature is wrong");
    return why === undefined;
  };
}

/** Strict base64 of 64 bytes, so that each signature has one spelling. A header sent twice arrives joined or as a list. */
function decoded(header: string | string[] | undefined): Buffer | undefined {
  if (typeof header !== "string") return undefined;
  const bytes = Buffer.from(header, "base64");
  return bytes.length === signatureLength && bytes.toString("base64") === header ? bytes : undefined;
}
