// Whole incoming calls as Twilio tells of them: signed webhooks, ready to be written to a socket.
import { createHmac, randomBytes, randomUUID } from "node:crypto";

export const accountSid = `AC${"0".repeat(31)}1`;
export const authToken = "bench-auth-token-of-no-account-1";
export const ownNumber = "+15555550100";
export const publicUrl = "https://voice.example.test/voice/webhook";

export interface SignedWebhook {
  /** Head and body of the HTTP request. */
  bytes: Buffer;
  callSid: string;
  /** Its signature is wrong on purpose. */
  forged: boolean;
}

type CallStatus = "ringing" | "in-progress" | "completed";

const statuses: readonly CallStatus[] = ["ringing", "in-progress", "completed"];

/** What Twilio sends besides, of the usual size (about 1 KB in all). */
const surroundings = {
  ApiVersion: "2010-04-01",
  CalledCity: "SAN FRANCISCO",
  CalledCountry: "US",
  CalledState: "CA",
  CalledZip: "94105",
  CallerCity: "NEW YORK",
  CallerCountry: "US",
  CallerState: "NY",
  CallerZip: "10001",
  CallToken: `%7B%22parentCallInfoToken%22%3A%22${"x".repeat(280)}%22%7D`,
  FromCity: "NEW YORK",
  FromCountry: "US",
  FromState: "NY",
  FromZip: "10001",
  StirVerstat: "TN-Validation-Passed-A",
  ToCity: "SAN FRANCISCO",
  ToCountry: "US",
  ToState: "CA",
  ToZip: "94105",
};

/** The voice request of a new call, then its status callbacks. `forgedShare`: how many are signed with a wrong token. */
export function incomingCall(forgedShare = 0): SignedWebhook[] {
  const callSid = `CA${randomBytes(16).toString("hex")}`;
  return statuses.map((status, index) => {
    const forged = Math.random() < forgedShare;
    const fields = formOf(callSid, status, index);
    return { bytes: request(fields, forged ? "another-token" : authToken), callSid, forged };
  });
}

function formOf(callSid: string, status: CallStatus, index: number): Record<string, string> {
  const caller = "+15555550199";
  const parties = { Caller: caller, From: caller, Called: ownNumber, To: ownNumber };
  const call = { AccountSid: accountSid, CallSid: callSid, CallStatus: status, Direction: "inbound" };
  const form = { ...surroundings, ...parties, ...call };
  if (status === "ringing") return form;
  const callback = {
    CallbackSource: "call-progress-events",
    SequenceNumber: String(index),
    Timestamp: new Date().toUTCString(),
  };
  return { ...form, ...callback };
}

function request(form: Record<string, string>, token: string): Buffer {
  const { host, pathname } = new URL(publicUrl);
  const body = new URLSearchParams(form).toString();
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    "User-Agent: TwilioProxy/1.1",
    "Accept: */*",
    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
    `X-Twilio-Signature: ${signature(form, token)}`,
    `I-Twilio-Idempotency-Token: ${randomUUID()}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Twilio, "Webhooks security": HMAC-SHA1 over the URL and the sorted fields. */
function signature(form: Record<string, string>, token: string): string {
  const fields = Object.entries(form).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHmac("sha1", token)
    .update(publicUrl + fields.flat().join(""))
    .digest("base64");
}
