// The emulated ElevenLabs Scribe realtime: turns by its VAD or by commits.
import type { HearingProtocol, SessionPorts } from "../hearing/hearing-side.ts";
import type { Recogniser, SpokenTurn, TurnTeller } from "../hearing/recogniser.ts";
import type { EmulatedSession, SessionTalk } from "../hearing/session.ts";
import type { ServiceRefusal, ServiceRequest } from "../service-server.ts";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const DEFAULT_SILENCE_SECONDS = 1.5;
const SMALLEST_COMMIT_MS = 300;

export function scribeProtocol(apiKey: string): HearingProtocol {
  return {
    takes: ({ url }) => url.pathname === "/v1/speech-to-text/realtime",
    refuse: (request) => refuse(request, apiKey),
    refusal: elevenLabsRefusal,
    begin: (session, ports) => new ScribeTalk(session, ports),
  };
}

function elevenLabsRefusal(status: number): ServiceRefusal {
  const word = { 400: "invalid_request", 401: "invalid_api_key", 429: "too_many_concurrent_requests" }[status];
  return { status, json: { detail: { status: word ?? "server_error", message: "The request was refused." } } };
}

function refuse({ url, headers }: ServiceRequest, apiKey: string): ServiceRefusal | undefined {
  if (headers["xi-api-key"] !== apiKey) return elevenLabsRefusal(401);
  const query = url.searchParams;
  const silence = Number(query.get("vad_silence_threshold_secs") ?? DEFAULT_SILENCE_SECONDS);
  const right =
    query.get("model_id") === "scribe_v2_realtime" &&
    query.get("audio_format") === "ulaw_8000" &&
    /^(vad|manual)$/.test(query.get("commit_strategy") ?? "") &&
    /^[a-z]{2,3}$/.test(query.get("language_code") ?? "en") &&
    within(silence, 0.3, 3) &&
    within(Number(query.get("vad_threshold") ?? 0.4), 0.1, 0.9);
  return right ? undefined : elevenLabsRefusal(400);
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

class ScribeTalk implements SessionTalk, TurnTeller {
  readonly #session: EmulatedSession;
  readonly #recogniser: Recogniser;

  constructor(session: EmulatedSession, ports: SessionPorts) {
    this.#session = session;
    const query = session.url.searchParams;
    const seconds = Number(query.get("vad_silence_threshold_secs") ?? DEFAULT_SILENCE_SECONDS);
    const silenceMs = query.get("commit_strategy") === "vad" ? seconds * 1000 : null;
    this.#recogniser = ports.recogniser(silenceMs, this);
    session.greet({ message_type: "session_started", session_id: "scribe-1", config: { sample_rate: 8000 } });
  }

  message(message: Readonly<Record<string, unknown>>): void {
    const { message_type: type, audio_base_64: audio, commit = false, sample_rate: rate = 8000 } = message;
    const right = type === "input_audio_chunk" && typeof audio === "string" && BASE64.test(audio) && rate === 8000;
    if (!right || typeof commit !== "boolean") {
      this.#session.complain(`not a chunk: ${String(type)}`);
      this.#session.tell({ message_type: "input_error", error: "Invalid message" });
      return;
    }
    const bytes = Buffer.from(audio, "base64");
    if (bytes.length > 0) this.#session.takeAudio(bytes);
    this.#recogniser.take(bytes);
    if (!commit) return;
    this.#session.messages.push(message);
    if (this.#recogniser.uncommittedMs >= SMALLEST_COMMIT_MS) this.#recogniser.commit();
    else this.#session.tell({ message_type: "commit_throttled", error: "Too little uncommitted audio" });
  }

  expire(): void {
    this.#session.tell({ message_type: "session_time_limit_exceeded", error: "Maximum session time reached" });
    this.#session.close(1000);
  }

  hear(text: string): void {
    this.#recogniser.hear(text);
  }

  partial(_turn: SpokenTurn, text: string): void {
    this.#session.tell({ message_type: "partial_transcript", text });
  }

  stopped(): void {
    // Scribe says nothing of it.
  }

  final(turn: SpokenTurn): void {
    this.#session.tell({ message_type: "committed_transcript", text: turn.text });
  }

  failed(): void {
    this.#session.tell({ message_type: "transcriber_error", error: "The transcriber failed" });
    this.#session.close(1011);
  }
}
