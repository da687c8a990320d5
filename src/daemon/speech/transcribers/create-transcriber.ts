// Makes a recogniser of its configuration; the one list of those there are.
import type { Transcriber } from "../transcriber.ts";
import { Ear, type EarDeps } from "./ear.ts";
import { openAiService, type OpenAiTranscription } from "./openai.ts";
import type { Service } from "./service.ts";

export interface TranscriberConfigs {
  openai: OpenAiTranscription;
}

const services: { [Id in keyof TranscriberConfigs]: (config: TranscriberConfigs[Id]) => Service } = {
  openai: openAiService,
};

export function createTranscriber<Id extends keyof TranscriberConfigs>(
  id: Id,
  config: TranscriberConfigs[Id],
  deps: EarDeps,
): Transcriber {
  const service = services[id](config);
  return {
    id,
    capabilities: service.capabilities,
    open: (options) => new Ear(service, options, deps),
  };
}
