// The ElevenLabs emulator: its sides put together behind one server.
import { createClock } from "../clock.ts";
import type { Hearing, HearingOptions } from "../hearing/hearing.ts";
import { HearingSide } from "../hearing/hearing-side.ts";
import { serveRoutes } from "../service-server.ts";
import type { Speaking, SpeakingOptions } from "../speech/speaking.ts";
import { SpeakingSide } from "../speech/speaking-side.ts";
import { scribeProtocol } from "./scribe.ts";
import { elevenLabsSpeechRoute } from "./speech-route.ts";

export interface ElevenLabsEmulatorOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  readonly apiKey?: string;
  readonly hearing?: HearingOptions;
  readonly speaking?: SpeakingOptions;
}

export interface ElevenLabsEmulator extends AsyncDisposable {
  /** The base URL, to be used in place of `https://api.elevenlabs.io`. */
  readonly url: string;
  readonly apiKey: string;
  /** Scribe realtime. */
  readonly hearing: Hearing;
  /** Streamed text-to-speech. */
  readonly speaking: Speaking;
  /** Connections that are open. */
  readonly connections: number;
  /** Closes those that nothing goes over, as a service does after a while. */
  closeIdle(): void;
}

const DEFAULT_API_KEY = "xi-emulated-0123456789abcdef";

/** Starts an emulator on 127.0.0.1. Rejects when the port cannot be had. */
export async function startElevenLabsEmulator(options: ElevenLabsEmulatorOptions = {}): Promise<ElevenLabsEmulator> {
  const { apiKey = DEFAULT_API_KEY, port = 0 } = options;
  const closing = new AbortController();
  const life = { clock: createClock(1), signal: closing.signal };
  const hearing = new HearingSide(scribeProtocol(apiKey), options.hearing ?? {}, life);
  const speaking = new SpeakingSide(options.speaking ?? {}, life);
  const server = await serveRoutes(port, { http: [elevenLabsSpeechRoute(apiKey, speaking)], sockets: [hearing] });
  return {
    url: server.url,
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
