// A daemon whose calls stream, with the speech services of a generator.
import {
  type DaemonOptions,
  type Daemon,
  type Place,
  carrierConfig,
  freePort,
  preparePlace,
  startDaemon,
} from "./daemon.ts";
import { type Generator, startGenerator } from "./programs.ts";
import type { Sandbox } from "./sandbox.ts";

const manySockets = 2000;

/** Everybody may call, many at once; a recogniser and a voice are at the generator's port. */
function streamingConfig(
  ports: { webhooks: number; services: number },
  { greeting, interruptions = {} }: { greeting: string; interruptions?: Record<string, number> },
): Record<string, unknown> {
  const baseUrl = `http://127.0.0.1:${ports.services}`;
  const limits = { maxPendingConnections: manySockets, maxPendingConnectionsPerIp: manySockets };
  return {
    ...carrierConfig("twilio", { webhooks: ports.webhooks, rest: baseUrl }),
    inboundGreeting: greeting,
    streaming: {
      enabled: true,
      provider: "openai",
      providers: { openai: { apiKey: "sk-of-no-account", baseUrl: `${baseUrl}/v1` } },
      interruptions,
      ...limits,
      maxConnections: manySockets,
    },
    tts: { provider: "elevenlabs", elevenlabs: { apiKey: "key-of-no-account", baseUrl } },
  };
}

export interface Streaming {
  daemon: Daemon;
  place: Place;
  generator: Generator;
  /** Of the webhooks and media sockets. */
  port: number;
}

export interface StreamingOptions extends DaemonOptions {
  script: string;
  greeting: string;
  interruptions?: Record<string, number>;
}

let places = 0;

export async function startStreaming(sandbox: Sandbox, options: StreamingOptions): Promise<Streaming> {
  const generator = await startGenerator(sandbox, options.script);
  const port = await freePort();
  const config = streamingConfig({ webhooks: port, services: generator.port }, options);
  const place = preparePlace(sandbox, `streaming-${++places}`, config);
  return { generator, port, place, daemon: await startDaemon(sandbox, place, options) };
}
