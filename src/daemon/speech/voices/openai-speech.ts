// OpenAI's `/audio/speech`, and every server that speaks it: streamed PCM, made into µ-law on the way.
import type { Clock } from "../../deps.ts";
import type { Synthesiser } from "../synthesiser.ts";
import { HttpLine } from "./http-line.ts";
import { createHttpVoice } from "./http-voice.ts";

export interface OpenaiVoice {
  id: string;
  settings: string;
  /** Absent for a server of one's own that asks for none. */
  apiKey: string | undefined;
  /** Up to and with `/v1`. */
  baseUrl: string;
  model: string;
  voice: string;
  instructions: string | undefined;
  speed: number | undefined;
}

const longestText = 4096;
/** What OpenAI's raw PCM is, and what a server's is that does not say otherwise. */
const usualRateHz = 24_000;

export function createOpenaiSpeech(options: OpenaiVoice, clock: Clock): Synthesiser {
  const { id, settings, apiKey, baseUrl, model, voice, instructions, speed } = options;
  return createHttpVoice({
    id,
    settings,
    apiKey,
    maxTextLength: longestText,
    line: new HttpLine({
      baseUrl,
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      warmUpPath: "/models",
      clock,
    }),
    path: "/audio/speech",
    body: (input) => ({
      model,
      input,
      voice,
      response_format: "pcm",
      ...(instructions !== undefined && { instructions }),
      ...(speed !== undefined && { speed }),
    }),
    assumed: { rateHz: usualRateHz },
  });
}
