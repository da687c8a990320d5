// The recognisers of a configuration, in the order in which a call tries them.
import type { Config } from "../config/schema.ts";
import type { Clock, Log } from "../deps.ts";
import type { Transcriber } from "./transcriber.ts";
import { createTranscriber } from "./transcribers/create-transcriber.ts";

export interface Ears {
  /** While this is the same, so are they. */
  madeFrom: unknown;
  transcribers: Transcriber[];
}

const byHabit = ["deepgram", "elevenlabs", "openai"] as const;

/** Those with a key: the chosen one first, then the others as a way out. Our silence rule is theirs where they have none. */
export function configuredEars({ streaming, silenceTimeoutMs }: Config, deps: { clock: Clock; log: Log }): Ears {
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
  return { madeFrom: [provider, providers, silenceTimeoutMs], transcribers };
}
