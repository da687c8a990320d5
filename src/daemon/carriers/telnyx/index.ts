// The Telnyx carrier: orders by Call Control commands, facts by signed events; nothing is kept in memory between them.
import type { Carrier, CarrierPorts, CarrierWebhooks, RawWebhook, Webhook, WebhookReply } from "../carrier.ts";
import { createCommandIds } from "./command-ids.ts";
import { createControl } from "./control.ts";
import { createLookUp } from "./look-up.ts";
import { createMedia } from "./media.ts";
import { normalise } from "./normalise.ts";
import { createRest, type TelnyxAccount } from "./rest.ts";
import { createVerify, signatureHeader } from "./verify.ts";

export interface TelnyxOptions {
  config: TelnyxAccount;
  ports: CarrierPorts;
  skipSignatureVerification: boolean;
}

/**
 * Loads the SDK with the first order and not before.
 * @throws CallError `CONFIG_INVALID` for a configuration with which no call could be made or no webhook verified.
 */
export function createTelnyxCarrier({ config, ports, skipSignatureVerification }: TelnyxOptions): Carrier {
  const webhooks = createWebhooks({ config, ports, skipSignatureVerification });
  const rest = createRest(config);
  const newCommand = createCommandIds(ports.clock);
  return {
    name: "telnyx",
    capabilities: { webhooks: true, lookUp: true, sendDigits: true, streams: true, maxTextLength: 8000 },
    traits: ({ streams }) => ({
      gathers: false,
      answersByReply: false,
      inlineOpening: false,
      streams,
      msPerCharacter: 65,
    }),
    ...createControl({ rest, ports, account: config, newCommand }),
    ...createLookUp(rest),
    webhooks,
    media: createMedia(rest, newCommand),
    [Symbol.asyncDispose]: async () => rest[Symbol.dispose](),
  };
}

/** Every event is only acknowledged: Telnyx reads nothing in the reply. */
function createWebhooks({ config, ports, skipSignatureVerification }: TelnyxOptions): CarrierWebhooks {
  const { clock, log } = ports;
  const verified = createVerify({ publicKey: config.publicKey, clock, log, skipSignatureVerification });
  return {
    signatureHeader,
    receive: (raw: RawWebhook): Webhook | undefined => (verified(raw) ? normalise(raw.body) : undefined),
    document: nothing,
    acknowledgement: nothing,
    refusal: nothing,
  };
}

function nothing(): WebhookReply {
  return { status: 200, contentType: "application/json", body: "{}" };
}
