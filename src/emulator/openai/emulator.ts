// The OpenAI emulator: its sides put together behind one server.
import { createClock } from "../clock.ts";
import type { Hearing, HearingOptions } from "../hearing/hearing.ts";
import { HearingSide } from "../hearing/hearing-side.ts";
import { serveRoutes } from "../service-server.ts";
import type { Speaking, SpeakingOptions } from "../speech/speaking.ts";
import { SpeakingSide } from "../speech/speaking-side.ts";
import { readerRoute } from "./reader-route.ts";
import { openAiSpeechRoute } from "./speech-route.ts";
import { transcriptionProtocol } from "./transcription.ts";

export interface OpenAiEmulatorOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  readonly apiKey?: string;
  readonly hearing?: HearingOptions;
  readonly speaking?: SpeakingOptions;
}

export interface OpenAiEmulator extends AsyncDisposable {
  /** The base URL, to be used in place of `https://api.openai.com/v1`. */
  readonly url: string;
  readonly apiKey: string;
  /** Realtime transcription. */
  readonly hearing: Hearing;
  /** The speech endpoint, and realtime sessions that read aloud. */
  readonly speaking: Speaking;
  /** Connections that are open. */
  readonly connections: number;
  /** Closes those that nothing goes over, as a service does after a while. */
  closeIdle(): void;
}

const DEFAULT_API_KEY = "sk-emulated-0123456789abcdef";

/** Starts an emulator on 127.0.0.1. Rejects when the port cannot be had. */
export async function startOpenAiEmulator(options: OpenAiEmulatorOptions = {}): Promise<OpenAiEmulator> {
  const { apiKey = DEFAULT_API_KEY, port = 0 } = options;
  const closing = new AbortController();
  const life = { clock: createClock(1), signal: closing.signal };
  const hearing = new HearingSide(transcriptionProtocol(apiKey), options.hearing ?? {}, life);
  const speaking = new SpeakingSide(options.speaking ?? {}, life);
  const server = await serveRoutes(port, {
    http: [openAiSpeechRoute(apiKey, speaking)],
    sockets: [hearing, readerRoute(apiKey, speaking)],
  });
  return {
    url: `${server.url}/v1`,
    apiKey,
    hearing,
    speaking,
    get connections() {
      return server.connections;
    },
    closeIdle: () => server.closeIdle(),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server[Symbol.asyncDispose]();
    },
  };
}
