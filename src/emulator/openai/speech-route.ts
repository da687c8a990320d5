// OpenAI's `/audio/speech`: strict about shapes and keys, with tone speech as PCM or WAV.
import type { ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { isObject } from "../control-request.ts";
import type { HttpRequest } from "../loopback-server.ts";
import { refuse, replyWithAudio } from "../speech/audio-reply.ts";
import type { SpokenPiece, VoiceTiming } from "../speech/spoken-piece.ts";
import { toneSpeech } from "../speech/tone-speech.ts";
import type { VoiceFaultPlan } from "../speech/voice-faults.ts";

export interface SpeechRoutePorts {
  readonly apiKey: string;
  readonly clock: Clock;
  readonly faults: VoiceFaultPlan;
  readonly timing: VoiceTiming;
  /** As a compatible server may have it. Default: PCM at 24 kHz, told in the content type. */
  readonly audio?: { readonly container: "pcm" | "wav"; readonly rateHz: number; readonly contentType?: string };
  /** Told of each piece when it is asked for, and again when it is over. */
  readonly spoke: (piece: SpokenPiece) => void;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
}

const FIELDS = ["model", "input", "voice", "response_format", "instructions", "speed", "stream_format"];
const VOICES = "alloy ash ballad coral echo fable onyx nova sage shimmer verse marin cedar".split(" ");
const LONGEST_INPUT = 4096;

/** Answers `POST …/audio/speech`; settles when the answer is over. */
export async function answerSpeech(
  request: HttpRequest,
  response: ServerResponse,
  ports: SpeechRoutePorts,
): Promise<void> {
  if (request.headers.authorization !== `Bearer ${ports.apiKey}`) {
    refuse(response, 401, errorOf(401, "invalid_api_key"));
    return;
  }
  const order = orderIn(request);
  if (typeof order === "string") {
    refuse(response, 400, errorOf(400, order));
    return;
  }
  const { container, rateHz, contentType } = ports.audio ?? { container: "pcm", rateHz: 24_000 };
  const spoken: SpokenPiece = { ...order, state: "speaking", sentMs: 0 };
  ports.spoke(spoken);
  const pcm = new Uint8Array(toneSpeech(order.text, rateHz).buffer);
  await replyWithAudio(response, {
    audio: container === "wav" ? Buffer.concat([streamedWavHead(rateHz), pcm]) : pcm,
    bytesPerMs: (rateHz * 2) / 1000,
    contentType: contentType ?? (container === "wav" ? "audio/wav" : `audio/pcm;rate=${rateHz}`),
    timing: ports.timing,
    faults: ports.faults.take(),
    clock: ports.clock,
    signal: ports.signal,
    spoken,
    errorOf,
  });
  ports.spoke(spoken);
}

/** The order, or the code of what is wrong with it. */
function orderIn(request: HttpRequest): { text: string; voice: string; model: string } | string {
  const body = parsed(request.body.toString());
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

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
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
