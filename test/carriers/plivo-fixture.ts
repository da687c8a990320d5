// What the tests of the Plivo carrier share: a carrier on fakes, and webhooks signed as Plivo signs them.
import type { CallState } from "../../src/call/state.ts";
import type { Carrier, CarrierPorts, CarrierWebhooks, RawWebhook, Webhook } from "../../src/daemon/carriers/carrier.ts";
import { createPlivoCarrier, type PlivoOptions } from "../../src/daemon/carriers/plivo/index.ts";
import { signV3 } from "../../src/emulator/plivo/signature.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";
import { callId, liveCall as liveTwilioCall, type Logged, publicUrl as twilioUrl } from "./twilio-fixture.ts";

export const authId = "MA000000000000000000";
export const authToken = "PLIVOFAKETOKEN0123456789";
export const callUuid = "11111111-2222-4333-8444-555555555555";
export const requestUuid = "99999999-2222-4333-8444-555555555555";
export const publicUrl = twilioUrl.replace("twilio", "plivo");
export const nonce = "20260106100000000001";
export { callId, type Logged };

interface Changes extends Partial<PlivoOptions> {
  publicUrl?: string;
  logged?: Logged[];
  clock?: ManualClock;
}

export function plivo(options: Changes = {}): Carrier {
  const { publicUrl: url = publicUrl, logged = [], clock = createManualClock(), ...rest } = options;
  const write = (fields: Record<string, unknown>, message: string): void => void logged.push({ fields, message });
  const ports: CarrierPorts = {
    clock,
    log: { info: write, warn: write, error: write },
    publicUrl: () => url,
    streamUrl: (id) => `wss://voice.example.test/voice/stream/token-of-${id}`,
    deliver: () => Promise.resolve(),
  };
  return createPlivoCarrier({
    config: { authId, authToken },
    ports,
    silenceTimeoutMs: 800,
    skipSignatureVerification: false,
    ...rest,
  });
}

export interface Signed {
  method?: "GET" | "POST";
  signature?: string;
  nonce?: string;
  token?: string;
}

/** A webhook to `url` (our public URL with a query), rightly signed unless told otherwise. */
export function webhook(url: string, params: Record<string, string>, how: Signed = {}): RawWebhook {
  const { method = "POST", nonce: number = nonce, token = authToken } = how;
  const fields = method === "GET" ? [] : Object.entries(params);
  const signature = how.signature ?? signV3(token, { method, url, nonce: number, fields });
  return {
    method,
    target: url.replace(/^\w+:\/\/[^/]*/, ""),
    headers: { "x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": number, host: "elsewhere.example" },
    body: Buffer.from(new URLSearchParams(Object.fromEntries(fields)).toString()),
  };
}

export function webhooksOf(carrier: Carrier): CarrierWebhooks {
  if (carrier.webhooks === undefined) throw new Error("no webhooks");
  return carrier.webhooks;
}

export function receive(carrier: Carrier, raw: RawWebhook): Webhook | undefined {
  return webhooksOf(carrier).receive(raw);
}

export function document(carrier: Carrier, state: CallState): string {
  return webhooksOf(carrier).document(state).body;
}

export function liveCall(changes: Partial<CallState> = {}): CallState {
  return liveTwilioCall({ carrier: "plivo", carrierCallId: callUuid, ...changes });
}
