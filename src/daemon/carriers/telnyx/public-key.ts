// Telnyx's webhook key: read once from what people paste, whatever its wrapping.
import { createPublicKey, type KeyObject } from "node:crypto";
import { CallError } from "../../../call/error.ts";

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410 §4). */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");
const rawLength = 32;

/**
 * Reads a key given as base64 of its 32 bytes, as base64 of its SPKI form, or as PEM; white space and `\n` written out do not matter.
 * @throws CallError `CONFIG_INVALID` for anything else, an empty text included: without a key nothing can be verified.
 */
export function readPublicKey(text: string): KeyObject {
  const base64 = text.replace(/-----(BEGIN|END) PUBLIC KEY-----/g, "").replace(/\\[nr]|\s/g, "");
  if (base64 === "") throw invalid("is empty");
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64)) throw invalid("is not base64");
  const bytes = Buffer.from(base64, "base64");
  const raw = bytes.subarray(0, spkiPrefix.length).equals(spkiPrefix) ? bytes.subarray(spkiPrefix.length) : bytes;
  if (raw.length !== rawLength) throw invalid(`holds ${bytes.length} bytes; an Ed25519 key has ${rawLength}`);
  // The weak keys of the curve, under which signatures can be made up, and placeholders are of this kind.
  if (new Set(raw).size < 4) throw invalid("is a placeholder, not a key");
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: "der", type: "spki" });
}

function invalid(why: string): CallError {
  return new CallError("CONFIG_INVALID", `\`telnyx.publicKey\` ${why}`, {
    hint: "copy the public key from the Telnyx portal (Account > Keys & Credentials > Public Key) as it is shown; without it no webhook can be trusted",
  });
}
