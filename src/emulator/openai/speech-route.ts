// OpenAI's `/audio/speech`: strict about shapes and keys, with tone speech as PCM or WAV.
import type { ServerResponse } from "node:http";
import { isObject } from "../control-request.ts";
import { type HttpRoute, refuseHttp } from "../service-server.ts";
import { replyWithAudio } from "../speech/audio-reply.ts";
import { type SpeakingOrder, speakingRoute, type SpeakingSide } from "../speech/speaking-side.ts";
import { toneSpeech } from "../speech/tone-speech.ts";
import { refuseOpenAi } from "./transcription.ts";

const FIELDS = ["model", "input", "voice", "response_format", "instructions", "speed", "stream_format"];
export const VOICES = "alloy ash ballad coral echo fable onyx nova sage shimmer verse marin cedar".split(" ");
const LONGEST_INPUT = 4096;

export function openAiSpeechRoute(apiKey: string, side: SpeakingSide): HttpRoute {
  return speakingRoute(
    {
      warmUpPath: "/v1/models",
      takes: (path) => path === "/v1/audio/speech",
      answer: (order, response) => answer(order, response, { apiKey, side }),
    },
    side,
  );
}

/** Settles when the answer is over. */
async function answer(
  { request, body }: SpeakingOrder,
  response: ServerResponse,
  { apiKey, side }: { apiKey: string; side: SpeakingSide },
): Promise<void> {
  const refusal = refuseOpenAi(request, apiKey);
  if (refusal !== undefined) {
    refuseHttp(response, refusal);
    return;
  }
  const order = orderIn(body);
  if (typeof order === "string") {
    refuseHttp(response, { status: 400, json: errorOf(400, order) });
    return;
  }
  const { container, rateHz, contentType } = side.options.audio ?? { container: "pcm", rateHz: 24_000 };
  const pcm = new Uint8Array(toneSpeech(order.text, rateHz).buffer);
  await replyWithAudio(response, {
    audio: container === "wav" ? Buffer.concat([streamedWavHead(rateHz), pcm]) : pcm,
    bytesPerMs: (rateHz * 2) / 1000,
    contentType: contentType ?? (container === "wav" ? "audio/wav" : `audio/pcm;rate=${rateHz}`),
    timing: side.options,
    clock: side.clock,
    signal: side.signal,
    ...side.begin(order),
    errorOf,
  });
}

/** The order, or the code of what is wrong with it. */
function orderIn(body: unknown): { text: string; voice: string; model: string } | string {
  if (!isObject(body) || Object.keys(body).some((name) => !FIELDS.includes(name))) return "unknown_parameter";
  const { model, input, voice, response_format: format, speed = 1 } = body;
  if (typeof model !== "string" || model.includes("realtime")) return "model_not_found";
  if (typeof input !== "string" || !isInput(input)) return "string_above_max_length";
  if (typeof voice !== "string" || !VOICES.includes(voice)) return "invalid_value";
  if (format !== "pcm" || !isSpeed(speed)) return "invalid_value";
  return { text: input, voice, model };
}

function isInput(text: string): boolean {
  return text !== "" && text.length <= LONGEST_INPUT;
}

function isSpeed(value: unknown): boolean {
  return typeof value === "number" && value >= 0.25 && value <= 4;
}

function errorOf(status: number, code: string): unknown {
  const type = status === 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error";
  return { error: { message: `The emulator says ${code}.`, type, param: null, code } };
}

/** As a server writes it that does not know how long it will speak: sizes of all ones, and a chunk before the audio. */
function streamedWavHead(rateHz: number): Buffer {
  const head = Buffer.alloc(56);
  head.write("RIFF", 0);
  head.writeUInt32LE(0xff_ff_ff_ff, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rateHz, 24);
  head.writeUInt32LE(rateHz * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("LIST", 36);
  head.writeUInt32LE(4, 40);
  head.write("INFO", 44);
  head.write("data", 48);
  head.writeUInt32LE(0xff_ff_ff_ff, 52);
  return head;
}
