// Deepgram's recognisers, chosen by the model's name: Flux, which knows the end of a turn by its meaning, and Nova.
import { FluxDialect } from "./deepgram-flux.ts";
import { NovaDialect } from "./deepgram-nova.ts";
import { bytesLength } from "./frames.ts";
import type { Service } from "./service.ts";
import { primaryLanguage, type Query, socketUrl } from "./socket-url.ts";

export interface DeepgramTranscription {
  apiKey: string;
  /** Default `https://api.deepgram.com`. */
  baseUrl?: string | undefined;
  /** Default `flux-general-en`, or `flux-general-multi` for calls in another language. Names with `flux` are Flux's. */
  model?: string | undefined;
  /** Default: the call's. */
  language?: string | undefined;
  /** Words that it should know. */
  keywords?: readonly string[] | undefined;
  /** Nova: silence that ends a turn. Default 300. */
  silenceDurationMs?: number | undefined;
  /** Flux: 0.5 to 0.9, how sure it must be that a turn is over. Default 0.7. */
  endOfTurnThreshold?: number | undefined;
  /** Flux: 0.3 to 0.9, below the threshold before: tells earlier that a turn may be over. Default: it does not. */
  eagerEndOfTurnThreshold?: number | undefined;
  /** Flux: silence that ends a turn however unsure it is. 500 to 10000, default 5000. */
  endOfTurnTimeoutMs?: number | undefined;
}

const defaultBaseUrl = "https://api.deepgram.com";
const defaultEndpointingMs = 300;
const defaultThreshold = 0.7;
const defaultTimeoutMs = 5000;
/** The least that Nova takes; it sees no pause between words that is shorter. */
const utteranceEndMs = 1000;
const fluxChunkMs = 80;
/** It closes after 10 s without audio. */
const keepAliveAfterMs = 4000;
const audio = { encoding: "mulaw", sample_rate: 8000 };

export function deepgramService(config: DeepgramTranscription, callLanguage: string): Service {
  const { apiKey, baseUrl = defaultBaseUrl } = config;
  const shared = {
    id: "deepgram",
    name: "Deepgram",
    secretKey: "streaming.providers.deepgram.apiKey",
    headers: { Authorization: `Token ${apiKey}` },
    lengthOf: bytesLength,
    quietAfterSpeechMs: 8000,
  };
  const language = config.language ?? callLanguage;
  if (config.model === undefined || config.model.includes("flux")) {
    return {
      ...shared,
      capabilities: { endOfTurn: "semantic", speechStart: true, chunkMs: fluxChunkMs, finalWithinMs: 350 },
      url: socketUrl(baseUrl, "/v2/listen", fluxQuery(config, primaryLanguage(language))),
      alwaysAudio: true,
      createDialect: (floor) => new FluxDialect(floor),
    };
  }
  return {
    ...shared,
    capabilities: { endOfTurn: "silence", speechStart: true, chunkMs: 20, finalWithinMs: 350 },
    url: socketUrl(baseUrl, "/v1/listen", novaQuery(config, config.model, novaLanguage(language))),
    alwaysAudio: false,
    keepAlive: { afterMs: keepAliveAfterMs, message: '{"type":"KeepAlive"}' },
    createDialect: (floor) => new NovaDialect(floor, utteranceEndMs),
  };
}

function fluxQuery(config: DeepgramTranscription, language: string): Query {
  const model = config.model ?? (language === "en" ? "flux-general-en" : "flux-general-multi");
  return {
    model,
    ...audio,
    eot_threshold: config.endOfTurnThreshold ?? defaultThreshold,
    eot_timeout_ms: config.endOfTurnTimeoutMs ?? defaultTimeoutMs,
    eager_eot_threshold: config.eagerEndOfTurnThreshold,
    language_hint: model.endsWith("-multi") ? language : undefined,
    keyterm: config.keywords,
  };
}

function novaQuery(config: DeepgramTranscription, model: string, language: string): Query {
  const keywords = model.startsWith("nova-3") ? { keyterm: config.keywords } : { keywords: config.keywords };
  return {
    model,
    ...audio,
    channels: 1,
    interim_results: true,
    punctuate: true,
    endpointing: config.silenceDurationMs ?? defaultEndpointingMs,
    utterance_end_ms: utteranceEndMs,
    vad_events: true,
    language,
    ...keywords,
  };
}

/** Of these it knows the regions; of others the language alone. */
const regional = /^(en-(US|GB|AU|IN|NZ)|es-419|fr-CA|pt-(BR|PT)|de-CH|nl-BE|zh-(CN|TW|HK)|ko-KR|sv-SE|da-DK|th-TH)$/;

function novaLanguage(language: string): string {
  return regional.test(language) ? language : primaryLanguage(language);
}
