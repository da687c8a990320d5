// The recognisers of a configuration, in the order in which a call tries them.
import type { Config } from "../config/schema.ts";
import type { Clock, Log } from "../deps.ts";
import type { Transcriber } from "./transcriber.ts";
import { transcriptionModelNotice } from "./transcribers/openai-models.ts";
import { createTranscriber } from "./transcribers/create-transcriber.ts";

export interface Ears {
  /** While this is the same, so are they. */
  madeFrom: unknown;
  transcribers: Transcriber[];
  /** What a person should be told of the configuration, once. */
  notices: string[];
}

const openAiUrl = "https://api.openai.com/v1";
const noEar =
  "no recogniser has a key (`streaming.providers`), so conversations go through the carrier's own speech and only notify calls stream";
const byHabit = ["deepgram", "elevenlabs", "openai"] as const;

/** Those with a key: the chosen one first, then the others as a way out. Our silence rule is theirs where they have none. */
export function configuredEars(
  { streaming, silenceTimeoutMs, provider: carrier }: Config,
  deps: { clock: Clock; log: Log },
): Ears {
  const { provider, providers } = streaming;
  const order = provider === undefined ? byHabit : [provider, ...byHabit.filter((id) => id !== provider)];
  const pause = { silenceDurationMs: silenceTimeoutMs };
  const transcribers = order.flatMap((id): Transcriber[] => {
    const { apiKey } = providers[id];
    if (apiKey === undefined) return [];
    switch (id) {
      case "openai":
        return [createTranscriber(id, { ...pause, ...providers[id], apiKey }, deps)];
      case "deepgram":
        return [createTranscriber(id, { ...providers[id], apiKey }, deps)];
      case "elevenlabs":
        return [createTranscriber(id, { ...pause, ...providers[id], apiKey }, deps)];
    }
  });
  const { model, baseUrl, apiKey } = providers.openai;
  const notice = apiKey === undefined ? undefined : transcriptionModelNotice(model, baseUrl ?? openAiUrl);
  const notices = [
    ...(notice === undefined ? [] : [notice]),
    ...(transcribers.length === 0 && carrier !== "mock" ? [noEar] : []),
  ];
  return { madeFrom: [provider, providers, silenceTimeoutMs], transcribers, notices };
}
