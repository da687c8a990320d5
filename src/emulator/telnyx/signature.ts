// Telnyx's webhook signature, written from the published rule and sharing nothing with any verifier.
import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";

/** A key pair that signs like an account at Telnyx. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** The raw 32 bytes in base64, as the portal shows it. */
  readonly publicKey: string;
}

const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_KEY_BYTES = 32;

/** The Ed25519 key pair of a seed of 32 bytes (RFC 8032). Throws for any other length. */
export function signingKey(seed: Uint8Array): SigningKey {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: spki.subarray(-PUBLIC_KEY_BYTES).toString("base64") };
}

/** The `telnyx-signature-ed25519` header: base64 of Ed25519 over `timestamp|body` (Telnyx: "Webhook signing"). */
export function signTelnyxWebhook(key: SigningKey, timestamp: string, body: string): string {
  return sign(null, Buffer.from(`${timestamp}|${body}`), key.privateKey).toString("base64");
}
