// ElevenLabs' streamed speech, which is µ-law at 8 kHz already.
import type { Clock } from "../../deps.ts";
import type { Synthesiser } from "../synthesiser.ts";
import { HttpLine } from "./http-line.ts";
import { createHttpVoice } from "./http-voice.ts";

export interface ElevenlabsVoice {
  id: string;
  settings: string;
  apiKey: string;
  /** Without `/v1`. */
  baseUrl: string;
  voiceId: string;
  modelId: string;
  /** As the service names them: `similarity_boost`. */
  voiceSettings: Record<string, unknown>;
}

/** Within what every model takes. */
const longestText = 5000;

export function createElevenlabs(options: ElevenlabsVoice, clock: Clock): Synthesiser {
  const { id, settings, apiKey, baseUrl, voiceId, modelId, voiceSettings } = options;
  return createHttpVoice({
    id,
    settings,
    apiKey,
    maxTextLength: longestText,
    line: new HttpLine({ baseUrl, headers: { "xi-api-key": apiKey }, warmUpPath: "/v1/models", clock }),
    path: `/v1/text-to-speech/${encodeURIComponent(voiceId)}/stream?output_format=ulaw_8000`,
    body: (text) => ({
      text,
      model_id: modelId,
      ...(Object.keys(voiceSettings).length > 0 && { voice_settings: voiceSettings }),
    }),
    assumed: { contentType: "audio/basic", rateHz: 8000 },
  });
}
