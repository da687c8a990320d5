// A speech service on loopback for the tests of the voices: the emulators' routes, and what a test looks at.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createClock } from "../../src/emulator/clock.ts";
import { answerElevenlabsSpeech, voiceInPath } from "../../src/emulator/elevenlabs/speech-route.ts";
import { EventFeed } from "../../src/emulator/event-feed.ts";
import type { HttpRequest } from "../../src/emulator/loopback-server.ts";
import { answerSpeech, type SpeechRoutePorts } from "../../src/emulator/openai/speech-route.ts";
import type { SpokenPiece, VoiceTiming } from "../../src/emulator/speech/spoken-piece.ts";
import { VoiceFaultPlan } from "../../src/emulator/speech/voice-faults.ts";

export interface VoiceServerOptions {
  apiKey?: string;
  timing?: VoiceTiming;
  audio?: SpeechRoutePorts["audio"];
}

export const apiKey = "sk-emulated-0123456789abcdef";

export class VoiceServer implements AsyncDisposable {
  readonly faults = new VoiceFaultPlan();
  /** Every piece that was asked for, oldest first. */
  readonly pieces: SpokenPiece[] = [];
  readonly warmUps: string[] = [];
  readonly #closing = new AbortController();
  readonly #server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
  readonly #feed = new EventFeed<unknown>(createClock(1), this.#closing.signal);
  readonly #options: VoiceServerOptions;
  #sockets = 0;

  constructor(options: VoiceServerOptions = {}) {
    this.#options = options;
    this.#server.on("connection", (socket) => {
      this.#sockets++;
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets--;
        this.#feed.emit(undefined);
      });
    });
  }

  static async start(options: VoiceServerOptions = {}): Promise<VoiceServer> {
    const server = new VoiceServer(options);
    await new Promise<void>((resolve) => void server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  /** Connections that are open. */
  get sockets(): number {
    return this.#sockets;
  }

  waitFor(condition: () => boolean): Promise<void> {
    return this.#feed.waitFor(condition);
  }

  /** As a service does that keeps a connection only for a while. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await requestOf(incoming);
    if (request.method === "HEAD") {
      this.warmUps.push(request.url.pathname);
      outgoing.end();
      this.#feed.emit(undefined);
      return;
    }
    const ports: SpeechRoutePorts = {
      apiKey: this.#options.apiKey ?? apiKey,
      clock: createClock(1),
      faults: this.faults,
      timing: this.#options.timing ?? {},
      ...(this.#options.audio !== undefined && { audio: this.#options.audio }),
      spoke: (piece) => {
        if (!this.pieces.includes(piece)) this.pieces.push(piece);
        this.#feed.emit(undefined);
      },
      signal: this.#closing.signal,
    };
    if (voiceInPath(request.url.pathname) !== undefined) await answerElevenlabsSpeech(request, outgoing, ports);
    else await answerSpeech(request, outgoing, ports);
  }
}

async function requestOf(incoming: IncomingMessage): Promise<HttpRequest> {
  const { method = "GET", headers } = incoming;
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(Buffer.from(piece));
  const body = Buffer.concat(pieces);
  return { method, url: new URL(incoming.url ?? "/", "http://127.0.0.1"), headers, body };
}
