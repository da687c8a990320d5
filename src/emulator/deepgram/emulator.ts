// The Deepgram emulator: Nova and Flux behind one server.
import { createClock } from "../clock.ts";
import type { Hearing, HearingOptions } from "../hearing/hearing.ts";
import { HearingSide } from "../hearing/hearing-side.ts";
import { serveRoutes } from "../service-server.ts";
import { fluxProtocol } from "./flux.ts";
import { novaProtocol } from "./nova.ts";

export interface DeepgramEmulatorOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  readonly apiKey?: string;
  readonly hearing?: HearingOptions;
}

export interface DeepgramEmulator extends AsyncDisposable {
  /** The base URL, to be used in place of `https://api.deepgram.com`. */
  readonly url: string;
  readonly apiKey: string;
  readonly nova: Hearing;
  readonly flux: Hearing;
}

const DEFAULT_API_KEY = "dg-emulated-0123456789abcdef";

/** Starts an emulator on 127.0.0.1. Rejects when the port cannot be had. */
export async function startDeepgramEmulator(options: DeepgramEmulatorOptions = {}): Promise<DeepgramEmulator> {
  const { apiKey = DEFAULT_API_KEY, port = 0, hearing = {} } = options;
  const closing = new AbortController();
  const life = { clock: createClock(1), signal: closing.signal };
  const nova = new HearingSide(novaProtocol(apiKey), hearing, life);
  const flux = new HearingSide(fluxProtocol(apiKey), hearing, life);
  const server = await serveRoutes(port, { sockets: [nova, flux] });
  return {
    url: server.url,
    apiKey,
    nova,
    flux,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server[Symbol.asyncDispose]();
    },
  };
}
