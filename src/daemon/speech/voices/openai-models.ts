// OpenAI's voice models: which read over a realtime session, and which are about to be switched off.
import { openAiHost } from "../transcribers/openai-models.ts";

/** Lasts beyond the models of the speech endpoint. */
const lastingModel = "gpt-realtime-2.1-mini";
/** What servers of one's own know, if only as an alias. */
const usualModel = "tts-1";

const shutdowns: readonly [RegExp, string][] = [
  [/^(tts-1(-hd)?|gpt-4o-mini-tts)(-[\d-]+)?$/, "2027-01-06"],
  [/^gpt-realtime(-mini)?(-\d{4}.*)?$/, "2027-01-20"],
];

export interface VoiceModel {
  name: string;
  voice: string;
  /** Over a realtime session; else at the speech endpoint. */
  reads: boolean;
  /** What a person should know of it. */
  notice: string | undefined;
}

export function voiceModel(configured: string | undefined, baseUrl: string): VoiceModel {
  const own = new URL(baseUrl).host === openAiHost;
  const name = configured ?? (own ? lastingModel : usualModel);
  const reads = name.includes("realtime");
  const date = own ? shutdowns.find(([pattern]) => pattern.test(name))?.[1] : undefined;
  return {
    name,
    voice: reads ? "marin" : "alloy",
    reads,
    notice:
      date === undefined
        ? undefined
        : `OpenAI switches ${name} off on ${date}: set tts.openai.model to ${lastingModel}`,
  };
}
