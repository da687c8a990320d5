// ElevenLabs' streamed text-to-speech: strict about shapes and keys, with tone speech as µ-law.
import type { ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { isObject } from "../control-request.ts";
import type { HttpRequest } from "../loopback-server.ts";
import { refuse, replyWithAudio } from "../speech/audio-reply.ts";
import type { SpokenPiece, VoiceTiming } from "../speech/spoken-piece.ts";
import { toneSpeech } from "../speech/tone-speech.ts";
import { encodeUlaw } from "../speech/ulaw.ts";
import type { VoiceFaultPlan } from "../speech/voice-faults.ts";

export interface ElevenlabsSpeechPorts {
  readonly apiKey: string;
  readonly clock: Clock;
  readonly faults: VoiceFaultPlan;
  readonly timing: VoiceTiming;
  /** Told of each piece when it is asked for, and again when it is over. */
  readonly spoke: (piece: SpokenPiece) => void;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
}

const FIELDS = [
  "text",
  "model_id",
  "language_code",
  "voice_settings",
  "seed",
  "previous_text",
  "next_text",
  "apply_text_normalization",
];
const SETTINGS = ["stability", "similarity_boost", "style", "use_speaker_boost", "speed"];
const RATE_HZ = 8000;

/** The voice's id in the path of a streamed order; undefined for any other path. */
export function voiceInPath(path: string): string | undefined {
  return /^\/v1\/text-to-speech\/([\w-]+)\/stream$/.exec(path)?.[1];
}

/** Answers `POST /v1/text-to-speech/{voice}/stream`; settles when the answer is over. */
export async function answerElevenlabsSpeech(
  request: HttpRequest,
  response: ServerResponse,
  ports: ElevenlabsSpeechPorts,
): Promise<void> {
  const voice = voiceInPath(request.url.pathname);
  if (request.headers["xi-api-key"] !== ports.apiKey) {
    refuse(response, 401, errorOf(401, "invalid_api_key"));
    return;
  }
  const order = orderIn(request);
  if (order === undefined || voice === undefined) {
    refuse(response, 422, errorOf(422, "invalid_request"));
    return;
  }
  const spoken: SpokenPiece = { ...order, voice, state: "speaking", sentMs: 0 };
  ports.spoke(spoken);
  await replyWithAudio(response, {
    audio: encodeUlaw(toneSpeech(order.text, RATE_HZ)),
    bytesPerMs: RATE_HZ / 1000,
    contentType: "audio/basic",
    timing: ports.timing,
    faults: ports.faults.take(),
    clock: ports.clock,
    signal: ports.signal,
    spoken,
    errorOf,
  });
  ports.spoke(spoken);
}

function orderIn(request: HttpRequest): { text: string; model: string } | undefined {
  if (request.url.searchParams.get("output_format") !== "ulaw_8000") return undefined;
  const body = parsed(request.body.toString());
  if (!isObject(body) || Object.keys(body).some((name) => !FIELDS.includes(name))) return undefined;
  const { text, model_id: model, voice_settings: settings = {} } = body;
  if (!isObject(settings) || Object.keys(settings).some((name) => !SETTINGS.includes(name))) return undefined;
  return typeof text === "string" && text !== "" && typeof model === "string" ? { text, model } : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function errorOf(_status: number, code: string): unknown {
  return { detail: { status: code, message: `The emulator says ${code}.` } };
}
