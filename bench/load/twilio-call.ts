// Whole incoming calls as Twilio tells of them: signed webhooks, ready to be written to a socket.
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { type SignedWebhook, accounts, caller, ownNumber, publicUrl, requestBytes } from "./accounts.ts";

const { accountSid, authToken } = accounts.twilio;

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
export function twilioCall(forgedShare = 0): SignedWebhook[] {
  const callSid = `CA${randomBytes(16).toString("hex")}`;
  return statuses.map((status, index) => {
    const forged = Math.random() < forgedShare;
    const fields = formOf(callSid, status, index);
    return { bytes: request(fields, forged ? "another-token" : authToken), callSid, forged };
  });
}

function formOf(callSid: string, status: CallStatus, index: number): Record<string, string> {
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
  return requestBytes(new URLSearchParams(form).toString(), [
    "User-Agent: TwilioProxy/1.1",
    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
    `X-Twilio-Signature: ${signature(form, token)}`,
    `I-Twilio-Idempotency-Token: ${randomUUID()}`,
  ]);
}

/** Twilio, "Webhooks security": HMAC-SHA1 over the URL and the sorted fields. */
function signature(form: Record<string, string>, token: string): string {
  const fields = Object.entries(form).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return twilioSignature(publicUrl + fields.flat().join(""), token);
}

/** Also of a media socket's upgrade, whose URL is all that is signed. */
export function twilioSignature(content: string, token = authToken): string {
  return createHmac("sha1", token).update(content).digest("base64");
}
