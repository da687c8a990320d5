// OpenAI's realtime model as a reader: one response at a time, each reads one text aloud in tone speech.
import type { WebSocket } from "ws";
import { isObject } from "../control-request.ts";
import type { SocketRoute } from "../service-server.ts";
import { type AudioEnd, sendInPieces } from "../speech/audio-pieces.ts";
import type { SpeakingSide } from "../speech/speaking-side.ts";
import type { SpokenPiece } from "../speech/spoken-piece.ts";
import { toneSpeech } from "../speech/tone-speech.ts";
import { encodeUlaw } from "../speech/ulaw.ts";
import type { FaultsInForce } from "../speech/voice-faults.ts";
import { VOICES } from "./speech-route.ts";
import { refuseOpenAi } from "./transcription.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a reader is told before its text. */
const ORDER = "Read aloud exactly, add nothing: ";
const BYTES_PER_MS = 8;

export function readerRoute(apiKey: string, side: SpeakingSide): SocketRoute {
  return {
    takes: ({ url }) => url.pathname === "/v1/realtime" && url.searchParams.has("model"),
    refuse: (request) => refuseOpenAi(request, apiKey),
    accept(socket, { url }) {
      const session = new ReaderSession(socket, { side, model: url.searchParams.get("model") ?? "" });
      socket.on("message", (message: Buffer) => session.take(message.toString()));
      socket.on("close", () => session.gone()).on("error", () => socket.terminate());
    },
  };
}

class ReaderSession {
  readonly #socket: WebSocket;
  readonly #side: SpeakingSide;
  readonly #model: string;
  readonly #gone = new AbortController();
  #voice: string | undefined;
  #active: { id: string; stop: AbortController } | undefined;
  #events = 0;

  constructor(socket: WebSocket, { side, model }: { side: SpeakingSide; model: string }) {
    this.#socket = socket;
    this.#side = side;
    this.#model = model;
    this.#tell({ type: "session.created", session: { type: "realtime", model } });
  }

  take(text: string): void {
    const message = parsed(text);
    const eventId = message["event_id"];
    const wrong = this.#answer(message);
    if (wrong !== undefined)
      this.#tell({
        type: "error",
        error: { type: "invalid_request_error", code: wrong, message: wrong, event_id: eventId },
      });
  }

  gone(): void {
    this.#gone.abort();
  }

  /** The code of what is wrong with the message. */
  #answer(message: Fields): string | undefined {
    switch (message["type"]) {
      case "session.update":
        return this.#update(message["session"]);
      case "response.create":
        return this.#create(message["response"]);
      case "response.cancel":
        if (this.#active === undefined || this.#active.id !== message["response_id"])
          return "response_cancel_not_active";
        this.#active.stop.abort();
        return undefined;
      default:
        return "invalid_value";
    }
  }

  #update(session: unknown): string | undefined {
    if (!isObject(session) || session["type"] !== "realtime" || !isObject(session["audio"]))
      return "missing_required_parameter";
    const { input, output } = session["audio"];
    if (!isObject(input) || input["turn_detection"] !== null) return "invalid_turn_detection";
    if (!isObject(output) || !isObject(output["format"]) || output["format"]["type"] !== "audio/pcmu")
      return "invalid_format";
    if (typeof output["voice"] !== "string" || !VOICES.includes(output["voice"])) return "invalid_voice";
    this.#voice = output["voice"];
    this.#tell({ type: "session.updated", session });
    return undefined;
  }

  #create(response: unknown): string | undefined {
    if (this.#active !== undefined) return "conversation_already_has_active_response";
    if (this.#voice === undefined) return "session_not_ready";
    const text = textIn(response);
    if (text === undefined || !isObject(response)) return "invalid_value";
    const { spoken, faults } = this.#side.begin({ text, voice: this.#voice, model: this.#model });
    void this.#read({ spoken, faults, metadata: response["metadata"] }).finally(() => this.#side.ended());
    return undefined;
  }

  async #read({ spoken, faults, metadata }: Reading): Promise<void> {
    const stop = new AbortController();
    const id = `resp_${++this.#events}`;
    this.#active = { id, stop };
    const signal = AbortSignal.any([stop.signal, this.#gone.signal, this.#side.signal]);
    if (faults.find("never-answers") !== undefined) {
      await this.#side.clock.passReal(3_600_000, signal);
      spoken.state = "aborted";
      return;
    }
    const refusal = faults.find("refuse") ?? faults.find("error-as-audio");
    if (refusal !== undefined) {
      spoken.state = "refused";
      const code = refusal.fault === "refuse" ? (refusal.code ?? "rate_limit_exceeded") : "server_error";
      this.#done(id, { status: "failed", status_details: { type: "failed", error: { type: "server_error", code } } });
      return;
    }
    this.#tell({ type: "response.created", response: { id, status: "in_progress", metadata } });
    const said = faults.find("strays")?.words ?? spoken.text;
    const end = await this.#speak({ id, said, spoken, faults, signal });
    spoken.state = end === "finished" ? "finished" : "aborted";
    if (end === "close" || faults.find("hang-up") !== undefined) this.#socket.terminate();
    this.#finish({ id, said, end, again: faults.find("answers-twice") !== undefined });
  }

  #speak({ id, said, spoken, faults, signal }: Utterance): Promise<AudioEnd> {
    if (faults.find("hang-up") !== undefined) return Promise.resolve("close");
    const plan = { audio: encodeUlaw(toneSpeech(said, 8000)), bytesPerMs: BYTES_PER_MS, timing: this.#side.options };
    return sendInPieces({ ...plan, faults, clock: this.#side.clock, spoken, signal }, (piece) =>
      this.#delta(id, piece),
    );
  }

  #finish({ id, said, end, again }: { id: string; said: string; end: AudioEnd; again: boolean }): void {
    if (end === "aborted") {
      this.#done(id, { status: "cancelled", status_details: { type: "cancelled", reason: "client_cancelled" } });
      return;
    }
    this.#tell({ type: "response.output_audio.done", response_id: id });
    this.#tell({ type: "response.output_audio_transcript.done", response_id: id, transcript: said });
    this.#done(id, { status: "completed" });
    if (!again) return;
    void this.#delta(id, encodeUlaw(toneSpeech("once more", 8000)));
    void this.#delta("resp_unknown", encodeUlaw(toneSpeech("from nowhere", 8000)));
    this.#done(id, { status: "completed" });
  }

  #done(id: string, how: Fields): void {
    if (this.#active?.id === id) this.#active = undefined;
    this.#tell({ type: "response.done", response: { id, ...how } });
  }

  /** Settles when the client has room for more. */
  #delta(id: string, audio: Uint8Array): Promise<void> {
    const delta = Buffer.from(audio).toString("base64");
    return new Promise((resolve) => {
      this.#tell({ type: "response.output_audio.delta", response_id: id, content_index: 0, delta }, resolve);
    });
  }

  #tell(event: Fields, sent: () => void = () => undefined): void {
    this.#socket.send(JSON.stringify({ event_id: `event_${++this.#events}`, ...event }), () => sent());
  }
}

interface Reading {
  readonly spoken: SpokenPiece;
  readonly faults: FaultsInForce;
  readonly metadata: unknown;
}

interface Utterance extends Omit<Reading, "metadata"> {
  readonly id: string;
  readonly said: string;
  readonly signal: AbortSignal;
}

function textIn(response: unknown): string | undefined {
  if (!isObject(response)) return undefined;
  const { conversation, input, output_modalities: modalities, instructions } = response;
  const alone = conversation === "none" && Array.isArray(input) && input.length === 0;
  if (!alone || !Array.isArray(modalities) || modalities.join(",") !== "audio") return undefined;
  return typeof instructions === "string" && instructions.startsWith(ORDER)
    ? instructions.slice(ORDER.length)
    : undefined;
}

function parsed(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
