// ElevenLabs' streamed text-to-speech: strict about shapes and keys, with tone speech as µ-law.
import type { ServerResponse } from "node:http";
import { isObject } from "../control-request.ts";
import { type HttpRoute, refuseHttp } from "../service-server.ts";
import { replyWithAudio } from "../speech/audio-reply.ts";
import { type SpeakingOrder, speakingRoute, type SpeakingSide } from "../speech/speaking-side.ts";
import { toneSpeech } from "../speech/tone-speech.ts";
import { encodeUlaw } from "../speech/ulaw.ts";

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

export function elevenLabsSpeechRoute(apiKey: string, side: SpeakingSide): HttpRoute {
  return speakingRoute(
    {
      warmUpPath: "/v1/models",
      takes: (path) => voiceIn(path) !== undefined,
      answer: (order, response) => answer(order, response, { apiKey, side }),
    },
    side,
  );
}

function voiceIn(path: string): string | undefined {
  return /^\/v1\/text-to-speech\/([\w-]+)\/stream$/.exec(path)?.[1];
}

/** Settles when the answer is over. */
async function answer(
  { request, body }: SpeakingOrder,
  response: ServerResponse,
  { apiKey, side }: { apiKey: string; side: SpeakingSide },
): Promise<void> {
  const voice = voiceIn(request.url.pathname) ?? "";
  if (request.headers["xi-api-key"] !== apiKey) {
    refuseHttp(response, { status: 401, json: errorOf(401, "invalid_api_key") });
    return;
  }
  const order = request.url.searchParams.get("output_format") === "ulaw_8000" ? orderIn(body) : undefined;
  if (order === undefined) {
    refuseHttp(response, { status: 422, json: errorOf(422, "invalid_request") });
    return;
  }
  await replyWithAudio(response, {
    audio: encodeUlaw(toneSpeech(order.text, RATE_HZ)),
    bytesPerMs: RATE_HZ / 1000,
    contentType: "audio/basic",
    timing: side.options,
    clock: side.clock,
    signal: side.signal,
    ...side.begin({ ...order, voice }),
    errorOf,
  });
}

function orderIn(body: unknown): { text: string; model: string } | undefined {
  if (!isObject(body) || Object.keys(body).some((name) => !FIELDS.includes(name))) return undefined;
  const { text, model_id: model, voice_settings: settings = {} } = body;
  if (!isObject(settings) || Object.keys(settings).some((name) => !SETTINGS.includes(name))) return undefined;
  return typeof text === "string" && text !== "" && typeof model === "string" ? { text, model } : undefined;
}

function errorOf(_status: number, code: string): unknown {
  return { detail: { status: code, message: `The emulator says ${code}.` } };
}
