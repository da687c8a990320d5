// A daemon whose Twilio is the emulator: the public URL is one on the Internet, which the emulator routes to loopback.
import { startTwilioEmulator, type TwilioEmulator, type TwilioEmulatorOptions } from "../../src/emulator/index.ts";
import { createHome, freePort, type TestHome } from "./daemon.ts";

export const publicUrl = "https://voice.example.test/voice/webhook";
export const ours = "+15005550006";
export const theirs = "+15005550001";

export interface TwilioHome extends TestHome {
  readonly twilio: TwilioEmulator;
  readonly port: number;
}

export async function createTwilioHome(
  config: Record<string, unknown> = {},
  emulator: TwilioEmulatorOptions = {},
): Promise<TwilioHome> {
  const port = await freePort();
  const routes = [{ public: "https://voice.example.test", target: `http://127.0.0.1:${port}` }];
  const twilio = await startTwilioEmulator({ routes, ...emulator });
  const { accountSid, authToken, url } = twilio;
  const home = await createHome({
    provider: "twilio",
    fromNumber: ours,
    publicUrl,
    serve: { port },
    // The emulator's line runs many times faster than ours; its limits would end calls within seconds.
    maxDurationSeconds: 3600,
    twilio: { accountSid, authToken, baseUrl: url },
    ...config,
  });
  return {
    ...home,
    twilio,
    port,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await twilio[Symbol.asyncDispose]();
    },
  };
}
