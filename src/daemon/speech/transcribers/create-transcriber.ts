// Makes a recogniser of its configuration; the one list of those there are.
import type { Transcriber } from "../transcriber.ts";
import { deepgramService, type DeepgramTranscription } from "./deepgram.ts";
import { Ear, type EarDeps } from "./ear.ts";
import { elevenLabsService, type ElevenLabsTranscription } from "./elevenlabs.ts";
import { openAiService, type OpenAiTranscription } from "./openai.ts";
import type { Service } from "./service.ts";

export interface TranscriberConfigs {
  openai: OpenAiTranscription;
  deepgram: DeepgramTranscription;
  elevenlabs: ElevenLabsTranscription;
}

const services: { [Id in keyof TranscriberConfigs]: (config: TranscriberConfigs[Id], language: string) => Service } = {
  openai: openAiService,
  deepgram: deepgramService,
  elevenlabs: elevenLabsService,
};

/** Nothing is connected before an ear is opened. */
export function createTranscriber<Id extends keyof TranscriberConfigs>(
  id: Id,
  config: TranscriberConfigs[Id],
  deps: EarDeps,
): Transcriber {
  return {
    id,
    capabilities: services[id](config, "en").capabilities,
    open: (options) => new Ear(services[id](config, options.language), options, deps),
  };
}
