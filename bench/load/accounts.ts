// Accounts at the carriers that nobody has, and what the carriers' requests have in common.
import { signingKey } from "../../src/emulator/telnyx/signature.ts";

export const ownNumber = "+15555550100";
export const caller = "+15555550199";
export const publicUrl = "https://voice.example.test/voice/webhook";

/** The key of the Telnyx emulator unless it is told another. */
export const telnyxKey = signingKey(Uint8Array.from({ length: 32 }, (_, index) => index));

/** As the configuration names them. */
export const accounts = {
  twilio: { accountSid: `AC${"0".repeat(31)}1`, authToken: "bench-auth-token-of-no-account-1" },
  telnyx: { apiKey: "KEY-of-no-account", connectionId: "1000000000000000001", publicKey: telnyxKey.publicKey },
  plivo: { authId: `MA${"0".repeat(17)}1`, authToken: "bench-auth-token-of-no-account-2" },
};

export type CarrierName = keyof typeof accounts;

export interface SignedWebhook {
  /** Head and body of the HTTP request. */
  bytes: Buffer;
  /** By which the carrier knows the call. */
  callSid: string;
  /** Its signature is wrong on purpose. */
  forged: boolean;
}

/** A POST to the public URL, ready to be written to a socket. */
export function requestBytes(body: string, headers: readonly string[]): Buffer {
  const { host, pathname } = new URL(publicUrl);
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const head = [`POST ${pathname} HTTP/1.1`, `Host: ${host}`, "Accept: */*", ...headers, length];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}
