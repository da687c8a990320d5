// The only list of carrier names: makes a configured carrier, and keeps those that calls still go through.
import type { Config } from "../config/schema.ts";
import type { Carrier, CarrierPorts } from "./carrier.ts";
import { createMockCarrier, type MockCarrier } from "./mock/index.ts";
import { createPlivoCarrier } from "./plivo/index.ts";
import { createTelnyxCarrier } from "./telnyx/index.ts";
import { createTwilioCarrier } from "./twilio/index.ts";

export interface CarrierOptions {
  config: Config;
  ports: CarrierPorts;
  newId(prefix: string): string;
}

export interface OpenCarrier {
  carrier: Carrier;
  /** The other side of mock calls, for a person to play. */
  mock?: MockCarrier;
}

export function openCarrier({ config, ports, newId }: CarrierOptions): OpenCarrier {
  const { silenceTimeoutMs, skipSignatureVerification } = config;
  switch (config.provider) {
    case "mock": {
      const mock = createMockCarrier({ config: config.mock, ports, newId });
      return { carrier: mock, mock };
    }
    case "telnyx":
      return { carrier: createTelnyxCarrier({ config: config.telnyx, ports, skipSignatureVerification }) };
    case "plivo":
      return {
        carrier: createPlivoCarrier({ config: config.plivo, ports, silenceTimeoutMs, skipSignatureVerification }),
      };
    case "twilio":
      return {
        carrier: createTwilioCarrier({ config: config.twilio, ports, silenceTimeoutMs, skipSignatureVerification }),
      };
  }
}

/** What a carrier is made from; while this is the same, so is the carrier. */
export function fingerprint(config: Config): string {
  return JSON.stringify([
    config.provider,
    config[config.provider],
    config.publicUrl,
    config.silenceTimeoutMs,
    config.skipSignatureVerification,
  ]);
}
