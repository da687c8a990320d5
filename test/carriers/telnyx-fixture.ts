// What the tests of the Telnyx carrier share: a carrier on fakes, and events signed as Telnyx signs them.
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import type { LegFacts } from "../../src/call/fact.ts";
import type { Carrier, CarrierPorts, RawWebhook, Webhook } from "../../src/daemon/carriers/carrier.ts";
import { createTelnyxCarrier, type TelnyxOptions } from "../../src/daemon/carriers/telnyx/index.ts";

const seed = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
  format: "der",
  type: "pkcs8",
});

export const publicKey = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
export const spkiKey = "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
export const apiKey = "KEY0123456789ABCDEF_canarysecret";
export const connectionId = "1293384261075731499";
export const callId = "call-0123456789abcdef";
export const carrierCallId = "v3:abc/+=_x";
export const publicUrl = "https://voice.example.test/voice/telnyx";
/** Epoch ms of the fake clock. */
export const now = 1_767_693_600_000;

export interface Logged {
  fields: Record<string, unknown>;
  message: string;
}

type Fakes = Partial<Omit<TelnyxOptions, "config">> & {
  config?: Partial<TelnyxOptions["config"]>;
  logged?: Logged[];
  delivered?: LegFacts[];
  clock?: () => number;
};

export function telnyx({ config, logged = [], delivered = [], clock = () => now, ...rest }: Fakes = {}): Carrier {
  const write = (fields: Record<string, unknown>, message: string): void => void logged.push({ fields, message });
  const ports: CarrierPorts = {
    clock: { now: clock, monotonic: clock, after: () => () => undefined },
    log: { info: write, warn: write, error: write },
    publicUrl: () => publicUrl,
    streamUrl: (id) => `wss://voice.example.test/voice/stream/token-of-${id}`,
    deliver: (facts) => Promise.resolve(void delivered.push(facts)),
  };
  return createTelnyxCarrier({
    config: { apiKey, connectionId, publicKey, ...config },
    ports,
    skipSignatureVerification: false,
    ...rest,
  });
}

/** A signed request with this body. `at`: epoch seconds. */
export function signed(body: string | Buffer, at: number = now / 1000): RawWebhook {
  const bytes = Buffer.from(body);
  const signature = sign(null, Buffer.concat([Buffer.from(`${at}|`), bytes]), privateKey).toString("base64");
  return request(bytes, { "telnyx-signature-ed25519": signature, "telnyx-timestamp": String(at) });
}

export function request(body: Buffer, headers: RawWebhook["headers"]): RawWebhook {
  return { method: "POST", target: "/voice/telnyx", headers, body };
}

/** The body of an event, on our call unless the payload says otherwise. */
export function eventBody(type: string, payload: object = {}, id: string = randomUUID()): string {
  return JSON.stringify({
    data: {
      record_type: "event",
      event_type: type,
      id,
      occurred_at: "2026-01-06T10:00:00.000000Z",
      payload: { call_control_id: carrierCallId, ...payload },
    },
    meta: { attempt: 1, delivered_to: publicUrl },
  });
}

export function receive(carrier: Carrier, raw: RawWebhook): Webhook | undefined {
  if (carrier.webhooks === undefined) throw new Error("no webhooks");
  return carrier.webhooks.receive(raw);
}

/** A client state as the carrier makes them. */
export function clientState(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString("base64");
}
