// The official SDK pointed at an emulator.
import Twilio from "twilio/lib/rest/Twilio.js";
import type { TwilioEmulator } from "../../src/emulator/index.ts";

export const US = "+15550000001";
export const THEM = "+15550000002";

export function sdkFor(emulator: TwilioEmulator, authToken = emulator.authToken): Twilio {
  const client = new Twilio(emulator.accountSid, authToken);
  client.api.baseUrl = emulator.url;
  return client;
}

/** The code and status of an SDK error. */
export async function refusal(work: Promise<unknown>): Promise<{ code?: unknown; status?: unknown }> {
  try {
    await work;
  } catch (error) {
    if (typeof error === "object" && error !== null) {
      return {
        ...("code" in error ? { code: error.code } : {}),
        ...("status" in error ? { status: error.status } : {}),
      };
    }
  }
  throw new Error("the request was expected to fail");
}
