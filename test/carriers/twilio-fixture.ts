// What the tests of the Twilio carrier share: a carrier on fakes, and webhooks signed as Twilio signs them.
import { randomBytes } from "node:crypto";
import type { CallState } from "../../src/call/state.ts";
import type { Carrier, CarrierPorts, RawWebhook } from "../../src/daemon/carriers/carrier.ts";
import { createTwilioCarrier, type TwilioOptions } from "../../src/daemon/carriers/twilio/index.ts";
import { signTwilioRequest } from "../../src/emulator/twilio/signature.ts";

export const authToken = "0123456789abcdef0123456789abcdef";
export const accountSid = "AC00000000000000000000000000000000";
export const callSid = "CA00000000000000000000000000000001";
export const callId = "call-0123456789abcdef";
export const publicUrl = "https://voice.example.test/voice/twilio";

export interface Logged {
  fields: Record<string, unknown>;
  message: string;
}

export function twilio(options: Partial<TwilioOptions> & { publicUrl?: string; logged?: Logged[] } = {}): Carrier {
  const { publicUrl: url = publicUrl, logged = [], ...rest } = options;
  const write = (fields: Record<string, unknown>, message: string): void => void logged.push({ fields, message });
  const ports: CarrierPorts = {
    clock: { now: () => 1_767_693_600_000, monotonic: () => 0, after: () => () => undefined },
    log: { info: write, warn: write, error: write },
    publicUrl: () => url,
    streamUrl: (id) => `wss://voice.example.test/voice/stream/token-of-${id}`,
    deliver: () => Promise.resolve(),
  };
  return createTwilioCarrier({
    config: { accountSid, authToken },
    ports,
    silenceTimeoutMs: 800,
    skipSignatureVerification: false,
    ...rest,
  });
}

/** A webhook to `url` (our public URL with a query), with a right signature unless another one is given. */
export function webhook(url: string, params: Record<string, string>, signature?: string): RawWebhook {
  const target = url.replace(/^\w+:\/\/[^/]*/, "");
  const signed = signature ?? signTwilioRequest(authToken, url, Object.entries(params));
  return {
    method: "POST",
    target,
    headers: { "x-twilio-signature": signed, host: `${randomBytes(4).toString("hex")}.example` },
    body: Buffer.from(new URLSearchParams(params).toString()),
  };
}

export function receive(carrier: Carrier, raw: RawWebhook): ReturnType<NonNullable<Carrier["webhooks"]>["receive"]> {
  if (carrier.webhooks === undefined) throw new Error("no webhooks");
  return carrier.webhooks.receive(raw);
}

export function document(carrier: Carrier, state: CallState): string {
  if (carrier.webhooks === undefined) throw new Error("no webhooks");
  return carrier.webhooks.document(state).body;
}

export function liveCall(changes: Partial<CallState> = {}): CallState {
  return {
    callId,
    callSeq: 7,
    carrier: "twilio",
    direction: "outbound",
    from: "+15550000001",
    to: "+15550000002",
    mode: "conversation",
    traits: { gathers: true, answersByReply: true, inlineOpening: false, streams: false, msPerCharacter: 65 },
    limits: {
      ringTimeoutMs: 30_000,
      maxDurationMs: 300_000,
      notifyHangupDelayMs: 3000,
      transcriptTimeoutMs: 180_000,
      silenceTimeoutMs: 800,
      staleAfterMs: 120_000,
      responseTimeoutMs: 30_000,
      idleAfterMs: 0,
    },
    phrases: { apology: "Sorry?", unattended: "Nobody is here.", reprompt: "Hello?", goodbye: "Goodbye." },
    route: {},
    answeredBy: "nobody",
    reprompts: 0,
    startedAt: 0,
    carrierCallId: callSid,
    phase: { name: "live", answeredAt: 0, ready: true },
    turn: { whose: "nobody" },
    queue: [],
    digits: [],
    timers: {},
    transcript: [],
    hearing: [],
    timed: [],
    said: {},
    deaf: 0,
    ...changes,
  };
}
