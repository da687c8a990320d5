// A daemon whose carrier is an emulator that streams, with an emulated recogniser and the embedded voice on both ends.
import {
  startOpenAiEmulator,
  type EmulatedCall,
  type OpenAiEmulator,
  type OpenAiEmulatorOptions,
} from "../../src/emulator/index.ts";
import { ulaw } from "../../src/daemon/media/g711.ts";
import { wavFile } from "../media/wav-files.ts";
import { spoken } from "./spoken.ts";
import { createTwilioHome, type TwilioHome } from "./twilio.ts";

/** Says a text as µ-law, for the other end of a call. */
export function spokenUlaw(text: string): Uint8Array {
  return ulaw.encode(spoken(text));
}

/** The same as a WAV file. */
export function spokenWav(text: string): Buffer {
  return wavFile({ format: 7, bits: 8, sound: Buffer.from(spokenUlaw(text)) });
}

export interface StreamingHome extends TwilioHome {
  readonly openai: OpenAiEmulator;
}

export async function createStreamingHome(
  config: Record<string, unknown> = {},
  emulator: OpenAiEmulatorOptions = {},
): Promise<StreamingHome> {
  const openai = await startOpenAiEmulator(emulator);
  const { url: baseUrl, apiKey } = openai;
  const home = await createTwilioHome({
    inboundPolicy: "open",
    maxConcurrentCalls: 10,
    streaming: { enabled: true, provider: "openai", providers: { openai: { apiKey, baseUrl } } },
    ...config,
  });
  return {
    ...home,
    openai,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await openai[Symbol.asyncDispose]();
    },
  };
}

/** How much sound the other end has heard so far, in ms. */
export function loudMs({ audio }: Pick<EmulatedCall, "audio">): number {
  return audio.hear().reduce((total, { ulaw: codes }) => total + codes.length / 8, 0);
}
