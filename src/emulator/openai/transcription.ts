// The emulated OpenAI realtime transcription: GA shapes, models with and without server VAD.
import type { HearingProtocol, SessionPorts } from "../hearing/hearing-side.ts";
import type { Recogniser, SpokenTurn, TurnTeller } from "../hearing/recogniser.ts";
import type { EmulatedSession, SessionTalk } from "../hearing/session.ts";
import type { ServiceRefusal, ServiceRequest } from "../service-server.ts";
import { readSettings, type SettingsError } from "./session-settings.ts";

const SMALLEST_COMMIT_MS = 100;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function transcriptionProtocol(apiKey: string): HearingProtocol {
  return {
    takes: ({ url }) => url.pathname === "/v1/realtime" && url.searchParams.get("intent") === "transcription",
    refuse: (request) => refuseOpenAi(request, apiKey),
    refusal: openAiRefusal,
    begin: (session, ports) => new TranscriptionTalk(session, ports),
  };
}

/** The same check for every path of the service. */
export function refuseOpenAi({ headers }: ServiceRequest, apiKey: string): ServiceRefusal | undefined {
  if (headers.authorization !== `Bearer ${apiKey}`) return openAiRefusal(401);
  if (headers["openai-beta"] !== undefined) return openAiRefusal(400);
  return undefined;
}

function openAiRefusal(status: number): ServiceRefusal {
  const [type, code, message] = ERRORS[status] ?? ["server_error", null, "The server had an error."];
  const headers = status === 429 ? { headers: { "Retry-After": "1" } } : {};
  return { status, ...headers, json: { error: { message, type, param: null, code } } };
}

const ERRORS: Readonly<Record<number, readonly [type: string, code: string | null, message: string]>> = {
  400: ["invalid_request_error", "beta_api_shape_disabled", "The beta shapes are not supported."],
  401: ["invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-wrong***key."],
  403: ["invalid_request_error", "unsupported_country_region_territory", "Not supported here."],
  429: ["requests", "rate_limit_exceeded", "Rate limit reached."],
};

class TranscriptionTalk implements SessionTalk, TurnTeller {
  readonly #session: EmulatedSession;
  readonly #ports: SessionPorts;
  #recogniser: Recogniser | undefined;
  #serverVad = false;
  #events = 0;
  #previous: string | null = null;
  #told = new Map<number, string>();

  constructor(session: EmulatedSession, ports: SessionPorts) {
    this.#session = session;
    this.#ports = ports;
    session.greet({ ...this.#event("session.created"), session: { type: "transcription", id: "sess_1" } });
  }

  message(message: Readonly<Record<string, unknown>>): void {
    if (message["type"] === "input_audio_buffer.append") {
      this.#append(message["audio"]);
      return;
    }
    this.#session.messages.push(message);
    switch (message["type"]) {
      case "session.update":
        this.#update(message["session"]);
        return;
      case "input_audio_buffer.commit":
        this.#commit();
        return;
      default:
        this.#refuse({ code: "invalid_value", message: `Invalid value: '${String(message["type"])}'.`, param: "type" });
    }
  }

  expire(): void {
    this.#error({
      code: "session_expired",
      message: "Your session hit the maximum duration of 60 minutes.",
      param: null,
    });
    this.#session.close(1001);
  }

  hear(text: string): void {
    this.#recogniser?.hear(text);
  }

  started(turn: SpokenTurn): void {
    if (!this.#serverVad) return;
    const audio_start_ms = Math.max(0, turn.startMs - 300);
    this.#session.tell({ ...this.#event("input_audio_buffer.speech_started"), audio_start_ms, item_id: itemOf(turn) });
  }

  /** Models with a VAD of the server's write only once the turn is over. */
  partial(turn: SpokenTurn, text: string): void {
    if (!this.#serverVad) this.#delta(turn, text);
  }

  stopped(turn: SpokenTurn): void {
    const item_id = itemOf(turn);
    if (this.#serverVad) {
      this.#session.tell({ ...this.#event("input_audio_buffer.speech_stopped"), audio_end_ms: turn.endMs, item_id });
    }
    this.#session.tell({ ...this.#event("input_audio_buffer.committed"), item_id, previous_item_id: this.#previous });
    this.#session.tell({ ...this.#event("conversation.item.added"), item: { id: item_id, type: "message" } });
    this.#previous = item_id;
    const words = turn.text.split(" ");
    if (this.#serverVad) this.#delta(turn, words.slice(0, Math.ceil(words.length / 2)).join(" "));
  }

  final(turn: SpokenTurn): void {
    this.#session.tell({
      ...this.#event("conversation.item.input_audio_transcription.completed"),
      item_id: itemOf(turn),
      content_index: 0,
      transcript: turn.text,
      usage: { type: "duration", seconds: (turn.endMs - turn.startMs) / 1000 },
    });
  }

  failed(turn: SpokenTurn): void {
    this.#session.tell({
      ...this.#event("conversation.item.input_audio_transcription.failed"),
      item_id: itemOf(turn),
      content_index: 0,
      error: {
        type: "transcription_error",
        code: "audio_unintelligible",
        message: "Could not transcribe.",
        param: null,
      },
    });
  }

  #append(audio: unknown): void {
    if (typeof audio !== "string" || !BASE64.test(audio)) {
      this.#refuse({ code: "invalid_value", message: "Invalid 'audio'.", param: "audio" });
      return;
    }
    const bytes = Buffer.from(audio, "base64");
    if (this.#recogniser === undefined) this.#session.complain("audio before the session was set up");
    this.#session.takeAudio(bytes);
    this.#recogniser?.take(bytes);
  }

  #update(session: unknown): void {
    const settings = readSettings(session);
    if ("code" in settings) {
      this.#refuse(settings);
      return;
    }
    this.#serverVad = settings.silenceMs !== null;
    this.#recogniser ??= this.#ports.recogniser(settings.silenceMs, this);
    this.#session.greet({ ...this.#event("session.updated"), session });
  }

  #commit(): void {
    const uncommitted = this.#recogniser?.uncommittedMs ?? 0;
    if (uncommitted < SMALLEST_COMMIT_MS) {
      const message = `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${uncommitted}ms of audio.`;
      this.#error({ code: "input_audio_buffer_commit_empty", message, param: null });
      return;
    }
    this.#recogniser?.commit();
  }

  /** Sends what the text has more than was told. */
  #delta(turn: SpokenTurn, text: string): void {
    const told = this.#told.get(turn.index) ?? "";
    if (text.length <= told.length) return;
    this.#told.set(turn.index, text);
    this.#session.tell({
      ...this.#event("conversation.item.input_audio_transcription.delta"),
      item_id: itemOf(turn),
      content_index: 0,
      delta: text.slice(told.length),
    });
  }

  #refuse(error: SettingsError): void {
    this.#session.complain(error.message);
    this.#error(error);
  }

  #error(error: { code: string; message: string; param: string | null }): void {
    this.#session.tell({
      ...this.#event("error"),
      error: { type: "invalid_request_error", ...error, event_id: null },
    });
  }

  #event(type: string): { event_id: string; type: string } {
    this.#events += 1;
    return { event_id: `event_${this.#events}`, type };
  }
}

function itemOf(turn: SpokenTurn): string {
  return `item_${turn.index}`;
}
