// The voices of a configuration, in the order in which a call tries them.
import { merged } from "../config/merge.ts";
import type { Config } from "../config/schema.ts";
import { ulaw } from "../media/g711.ts";
import type { Clock, Log } from "../deps.ts";
import type { EmbeddedVoice } from "./embedded/embedded-voice.ts";
import type { Synthesiser } from "./synthesiser.ts";
import { createElevenlabs } from "./voices/elevenlabs.ts";
import { createOpenaiSpeech } from "./voices/openai-speech.ts";

export interface VoicesConfig {
  tts: Config["tts"] | undefined;
  /** Of one dialled number, over all else. */
  own: Record<string, unknown> | undefined;
}

export function configuredVoices(
  { tts, own }: VoicesConfig,
  deps: { clock: Clock; log: Log; embedded: EmbeddedVoice },
): { voices: Synthesiser[]; notices: string[] } {
  const config = merged(tts ?? {}, own ?? {});
  void config;
  const voices: Synthesiser[] = [];
  const { openai, elevenlabs } = tts ?? {};
  if (elevenlabs?.apiKey !== undefined)
    voices.push(
      createElevenlabs(
        {
          id: "elevenlabs",
          settings: "tts.elevenlabs",
          apiKey: elevenlabs.apiKey,
          baseUrl: elevenlabs.baseUrl ?? "https://api.elevenlabs.io",
          voiceId: elevenlabs.voiceId ?? "21m00Tcm4TlvDq8ikWAM",
          modelId: elevenlabs.modelId ?? "eleven_flash_v2_5",
          voiceSettings: elevenlabs.voiceSettings ?? {},
        },
        deps.clock,
      ),
    );
  if (openai?.apiKey !== undefined)
    voices.push(
      createOpenaiSpeech(
        {
          id: "openai",
          settings: "tts.openai",
          apiKey: openai.apiKey,
          baseUrl: openai.baseUrl ?? "https://api.openai.com/v1",
          model: openai.model ?? "gpt-4o-mini-tts",
          voice: openai.voice ?? "alloy",
          instructions: openai.instructions,
          speed: openai.speed,
        },
        deps.clock,
      ),
    );
  if (deps.embedded.unavailable === undefined) voices.push(embeddedSynthesiser(deps.embedded));
  return { voices, notices: [] };
}

function embeddedSynthesiser(embedded: EmbeddedVoice): Synthesiser {
  return {
    id: "embedded",
    maxTextLength: 2000,
    async *speak(text, signal) {
      for await (const samples of embedded.synthesise(text, signal)) yield ulaw.encode(samples);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
