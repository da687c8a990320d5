// Whole incoming calls as Telnyx tells of them: webhooks signed with Ed25519, ready to be written to a socket.
import { randomBytes, randomUUID } from "node:crypto";
import { signTelnyxWebhook, signingKey } from "../../src/emulator/telnyx/signature.ts";
import { type SignedWebhook, accounts, caller, ownNumber, publicUrl, requestBytes, telnyxKey } from "./accounts.ts";

const anotherKey = signingKey(Uint8Array.from({ length: 32 }, () => 7));

/** A new call, its answer and its end. `forgedShare`: how many are signed with a wrong key. */
export function telnyxCall(forgedShare = 0): SignedWebhook[] {
  const call = {
    call_control_id: `v3:${randomBytes(40).toString("base64url")}`,
    call_leg_id: randomUUID(),
    call_session_id: randomUUID(),
    client_state: null,
    connection_id: accounts.telnyx.connectionId,
    from: caller,
    to: ownNumber,
    start_time: new Date().toISOString(),
    caller_id_name: caller,
    custom_headers: [{ name: "X-Token", value: "x".repeat(200) }],
  };
  const over = { hangup_cause: "normal_clearing", hangup_source: "caller", sip_hangup_cause: "200" };
  return [
    event("call.initiated", { ...call, direction: "incoming", state: "parked" }),
    event("call.answered", { ...call, state: "answered" }),
    event("call.hangup", { ...call, ...over, end_time: new Date().toISOString(), state: "hangup" }),
  ].map((body) => {
    const forged = Math.random() < forgedShare;
    return { bytes: request(body, forged), callSid: call.call_control_id, forged };
  });
}

function event(type: string, payload: Record<string, unknown>): string {
  const occurred = new Date().toISOString();
  const inner = { record_type: "event", event_type: type, id: randomUUID(), occurred_at: occurred, payload };
  return JSON.stringify({ data: inner, meta: { attempt: 1, delivered_to: publicUrl } });
}

function request(body: string, forged: boolean): Buffer {
  const timestamp = String(Math.floor(Date.now() / 1000));
  return requestBytes(body, [
    "User-Agent: telnyx-webhooks",
    "Content-Type: application/json",
    `telnyx-timestamp: ${timestamp}`,
    `telnyx-signature-ed25519: ${signTelnyxWebhook(forged ? anotherKey : telnyxKey, timestamp, body)}`,
  ]);
}
