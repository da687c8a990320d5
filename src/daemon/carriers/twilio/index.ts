// The Twilio carrier: speech by TwiML documents, orders by REST, facts by signed webhooks.
import type { CallState } from "../../../call/state.ts";
import type { Carrier, CarrierPorts, CarrierWebhooks, RawWebhook, Webhook, WebhookReply } from "../carrier.ts";
import { readFields } from "../form.ts";
import { createScript, type Script } from "../script.ts";
import { createControl } from "./control.ts";
import { createLookUp } from "./look-up.ts";
import { createMedia } from "./media.ts";
import { normalise } from "./normalise.ts";
import { createRest, type TwilioAccount } from "./rest.ts";
import { maxInlineTwiml, reject, twimlVerbs } from "./twiml.ts";
import { createVerify, signatureHeader, type VerifyOptions } from "./verify.ts";

export interface TwilioOptions {
  config: TwilioAccount;
  ports: CarrierPorts;
  /** The caller's silence that ends a turn. */
  silenceTimeoutMs: number;
  skipSignatureVerification: boolean;
}

/** As long as our ids and steps can become. */
const longestStep = { callId: `call-${"x".repeat(16)}`, step: "x".repeat(20) };

/** Loads the SDK with the first order and not before. */
export function createTwilioCarrier(options: TwilioOptions): Carrier {
  const { config, ports, silenceTimeoutMs } = options;
  const publicUrl = (): string => ports.publicUrl();
  const streamUrl = (callId: string): string => ports.streamUrl(callId);
  const script = createScript({ publicUrl, streamUrl, silenceTimeoutMs, verbs: twimlVerbs });
  const rest = createRest(config);
  const { attach, ...control } = createControl({ rest, script, clock: ports.clock });
  const verifying = verifyOptions(options);
  return {
    name: "twilio",
    capabilities: { webhooks: true, lookUp: true, sendDigits: true, streams: true, maxTextLength: 8000 },
    traits: ({ mode, message, streams }) => ({
      gathers: true,
      answersByReply: true,
      inlineOpening: !streams && mode === "notify" && message !== undefined && fitsInline(script, message),
      streams,
      msPerCharacter: 65,
    }),
    ...control,
    ...createLookUp(rest),
    // The reply to the webhook answers or rejects.
    answer: () => Promise.resolve(),
    reject: () => Promise.resolve(),
    webhooks: createWebhooks(verifying, script),
    media: createMedia({ ...verifying, attach }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function fitsInline(script: Script, text: string): boolean {
  return script.speak({ utteranceId: "u1", text }, longestStep).length <= maxInlineTwiml;
}

function verifyOptions({ config, ports, skipSignatureVerification }: TwilioOptions): VerifyOptions {
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
      const form = readFields(raw.body.toString("utf8"));
      const digest = verify(raw, form);
      if (digest === undefined) return undefined;
      const start = raw.target.indexOf("?");
      const query = readFields(start === -1 ? "" : raw.target.slice(start + 1));
      return { key: `twilio:${digest}`, ...normalise({ query, form }) };
    },
    document: (state: CallState) => twiml(script.document(state)),
    acknowledgement: () => twiml(twimlVerbs.response()),
    refusal: (kind) => twiml(twimlVerbs.response(kind === "unknown" ? twimlVerbs.hangUp() : reject(kind))),
  };
}

function twiml(body: string): WebhookReply {
  return { status: 200, contentType: "text/xml; charset=utf-8", body };
}
