// A daemon whose carrier is an emulator that streams, with an emulated recogniser and the embedded voice on both ends.
import { fileURLToPath } from "node:url";
import {
  startOpenAiEmulator,
  type EmulatedCall,
  type OpenAiEmulator,
  type OpenAiEmulatorOptions,
} from "../../src/emulator/index.ts";
import { ulaw } from "../../src/daemon/media/g711.ts";
import { EmbeddedVoice } from "../../src/daemon/speech/embedded/embedded-voice.ts";
import { systemClock } from "../../src/daemon/deps.ts";
import { wavFile } from "../media/wav-files.ts";
import { createTwilioHome, type TwilioHome } from "./twilio.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Says a text as µ-law, for the other end of a call. */
export async function spokenUlaw(text: string): Promise<Uint8Array> {
  await using voice = new EmbeddedVoice({
    clock: systemClock,
    workerFile: new URL("../../src/daemon/speech/embedded/voice-worker.ts", import.meta.url),
    roots: [root],
  });
  const parts: Uint8Array[] = [];
  for await (const samples of voice.synthesise(text, new AbortController().signal)) parts.push(ulaw.encode(samples));
  return Buffer.concat(parts);
}

/** The same as a WAV file. */
export async function spokenWav(text: string): Promise<Buffer> {
  return wavFile({ format: 7, bits: 8, sound: Buffer.from(await spokenUlaw(text)) });
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
