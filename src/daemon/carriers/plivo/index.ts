// The Plivo carrier: speech by XML documents, orders by REST, facts by signed webhooks.
import type { CallState } from "../../../call/state.ts";
import type { Carrier, CarrierPorts, CarrierWebhooks, RawWebhook, Webhook, WebhookReply } from "../carrier.ts";
import { readFields } from "../form.ts";
import { createScript, type Script } from "../script.ts";
import { createControl } from "./control.ts";
import { createLookUp } from "./look-up.ts";
import { createMedia } from "./media.ts";
import { normalise } from "./normalise.ts";
import { plivoVerbs, reject } from "./plivo-xml.ts";
import type { PlivoAccount } from "./request.ts";
import { createRest } from "./rest.ts";
import { createVerify, signatureHeader, type VerifyOptions } from "./verify.ts";

export interface PlivoOptions {
  config: PlivoAccount;
  ports: CarrierPorts;
  /** The caller's silence that ends a turn. */
  silenceTimeoutMs: number;
  skipSignatureVerification: boolean;
}

/** Loads the SDK with the first order and not before. */
export function createPlivoCarrier(options: PlivoOptions): Carrier {
  const { config, ports, silenceTimeoutMs } = options;
  const script = createScript({
    publicUrl: () => ports.publicUrl(),
    streamUrl: (callId) => ports.streamUrl(callId),
    silenceTimeoutMs,
    verbs: plivoVerbs,
  });
  const rest = createRest(config, ports.clock);
  const { lookUp, findLost, callOfRequest } = createLookUp(rest);
  const { fetchNext, ...control } = createControl({ rest, script, callOfRequest, clock: ports.clock });
  const verifying = verifyOptions(options);
  return {
    name: "plivo",
    capabilities: { webhooks: true, lookUp: true, sendDigits: true, streams: true, maxTextLength: 8000 },
    traits: ({ streams }) => ({
      gathers: true,
      answersByReply: true,
      inlineOpening: false,
      streams,
      msPerCharacter: 65,
    }),
    ...control,
    lookUp,
    findLost,
    // The reply to the webhook answers or rejects.
    answer: () => Promise.resolve(),
    reject: () => Promise.resolve(),
    webhooks: createWebhooks(verifying, script),
    media: createMedia({ ...verifying, fetchNext }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function verifyOptions({ config, ports, skipSignatureVerification }: PlivoOptions): VerifyOptions {
  return {
    authToken: config.authToken,
    publicUrl: () => ports.publicUrl(),
    log: ports.log,
    skipSignatureVerification,
  };
}

function createWebhooks(verifying: VerifyOptions, script: Script): CarrierWebhooks {
  const verify = createVerify(verifying);
  return {
    signatureHeader,
    receive(raw: RawWebhook): Webhook | undefined {
      const start = raw.target.indexOf("?");
      const query = readFields(start === -1 ? "" : raw.target.slice(start + 1));
      // A GET's body is not signed and not read.
      const form = raw.method === "GET" ? query : readFields(raw.body.toString("utf8"));
      const digest = verify(raw, { query, form });
      return digest === undefined ? undefined : { key: `plivo:${digest}`, ...normalise({ query, form }) };
    },
    document: (state: CallState) => xml(script.document(state)),
    acknowledgement: () => xml(plivoVerbs.response()),
    refusal: (kind) => xml(plivoVerbs.response(kind === "unknown" ? plivoVerbs.hangUp() : reject(kind))),
  };
}

function xml(body: string): WebhookReply {
  return { status: 200, contentType: "text/xml; charset=utf-8", body };
}
