// Whole incoming calls as Plivo tells of them: webhooks with a V3 signature, ready to be written to a socket.
import { randomInt, randomUUID } from "node:crypto";
import { signV3 } from "../../src/emulator/plivo/signature.ts";
import { type SignedWebhook, accounts, caller, ownNumber, publicUrl, requestBytes } from "./accounts.ts";

const { authId, authToken } = accounts.plivo;

/** The request for orders, then the hang-up. `forgedShare`: how many are signed with a wrong token. */
export function plivoCall(forgedShare = 0): SignedWebhook[] {
  const callUuid = randomUUID();
  const call = {
    CallUUID: callUuid,
    From: caller.slice(1),
    To: ownNumber.slice(1),
    Direction: "inbound",
    BillRate: "0.0085",
    ParentAuthID: authId,
    SessionStart: "2026-01-06 10:00:00.000000",
    CallerName: caller,
    ParentCallUUID: callUuid,
    SIP_Headers: `X-PH-Token=${"x".repeat(280)}`,
  };
  const over = {
    HangupCause: "NORMAL_CLEARING",
    HangupCauseName: "Normal Hangup",
    HangupCauseCode: "4000",
    HangupSource: "Caller",
    Duration: "12",
    BillDuration: "60",
    TotalCost: "0.00850",
    StartTime: "2026-01-06 10:00:00",
    AnswerTime: "2026-01-06 10:00:01",
    EndTime: "2026-01-06 10:00:13",
  };
  return [
    { ...call, Event: "StartApp", CallStatus: "ringing" },
    { ...call, ...over, Event: "Hangup", CallStatus: "completed" },
  ].map((form) => {
    const forged = Math.random() < forgedShare;
    return { bytes: request(form, forged ? "another-token" : authToken), callSid: callUuid, forged };
  });
}

function request(form: Record<string, string>, token: string): Buffer {
  const nonce = String(randomInt(10 ** 14));
  const signature = signV3(token, { method: "POST", url: publicUrl, nonce, fields: Object.entries(form) });
  return requestBytes(new URLSearchParams(form).toString(), [
    "User-Agent: Plivo",
    "Content-Type: application/x-www-form-urlencoded",
    `X-Plivo-Signature-V3: ${signature}`,
    `X-Plivo-Signature-Ma-V3: ${signature}`,
    `X-Plivo-Signature-V3-Nonce: ${nonce}`,
  ]);
}
