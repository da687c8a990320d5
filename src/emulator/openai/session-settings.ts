// What the emulated transcription session takes of a `session.update`, and how it refuses the rest.
import { isObject } from "../hearing/session.ts";

export interface TranscriptionSettings {
  readonly model: string;
  /** Null: only a commit ends a turn. */
  readonly silenceMs: number | null;
}

export interface SettingsError {
  readonly code: string;
  readonly message: string;
  readonly param: string;
}

/** Models, and whether the server can find the end of a turn for them. */
const MODELS: ReadonlyMap<string, { readonly serverVad: boolean; readonly keywords: boolean }> = new Map([
  ["gpt-transcribe", { serverVad: true, keywords: true }],
  ["gpt-live-transcribe", { serverVad: false, keywords: true }],
  ["gpt-realtime-whisper", { serverVad: false, keywords: false }],
  ["gpt-4o-transcribe", { serverVad: true, keywords: false }],
  ["gpt-4o-mini-transcribe", { serverVad: true, keywords: false }],
  ["whisper-1", { serverVad: true, keywords: false }],
]);

const DEFAULT_SILENCE_MS = 500;

/** The settings, or the first thing that is wrong with them. */
export function readSettings(session: unknown): TranscriptionSettings | SettingsError {
  if (!isObject(session) || session["type"] !== "transcription") return wrong("session.type", session);
  const audio = session["audio"];
  const input = isObject(audio) ? audio["input"] : undefined;
  if (!isObject(input)) return wrong("session.audio.input", input);
  return (
    unknownKey("session", session, ["type", "include", "audio"]) ??
    unknownKey("session.audio.input", input, ["format", "noise_reduction", "transcription", "turn_detection"]) ??
    wrongFormat(input["format"]) ??
    wrongNoise(input["noise_reduction"]) ??
    readModel(input["transcription"], input["turn_detection"])
  );
}

function readModel(transcription: unknown, detection: unknown): TranscriptionSettings | SettingsError {
  const path = "session.audio.input.transcription";
  if (!isObject(transcription)) return wrong(path, transcription);
  const { model } = transcription;
  const known = typeof model === "string" ? MODELS.get(model) : undefined;
  if (known === undefined || typeof model !== "string") {
    return { ...wrong(`${path}.model`, model), code: "invalid_model" };
  }
  const error =
    unknownKey(path, transcription, ["model", "language", "prompt", "keywords", "languages", "delay"]) ??
    wrongHints(path, transcription, known.keywords);
  if (error !== undefined) return error;
  const silence = readDetection(detection, known.serverVad);
  return typeof silence === "object" && silence !== null ? silence : { model, silenceMs: silence };
}

function wrongHints(path: string, hints: Record<string, unknown>, keywordsTaken: boolean): SettingsError | undefined {
  const { model, language, prompt, keywords } = hints;
  if (language !== undefined && !(typeof language === "string" && /^[a-z]{2}$/.test(language))) {
    return wrong(`${path}.language`, language);
  }
  if (prompt !== undefined && (typeof prompt !== "string" || model === "gpt-realtime-whisper")) {
    return wrong(`${path}.prompt`, prompt);
  }
  const keywordsRight = keywords === undefined || (keywordsTaken && Array.isArray(keywords));
  return keywordsRight ? undefined : wrong(`${path}.keywords`, keywords);
}

function readDetection(detection: unknown, serverVad: boolean): number | null | SettingsError {
  const path = "session.audio.input.turn_detection";
  if (detection === null) return null;
  if (!serverVad) return detection === undefined ? null : wrong(path, detection);
  if (detection === undefined) return DEFAULT_SILENCE_MS;
  if (!isObject(detection) || detection["type"] !== "server_vad") return wrong(`${path}.type`, detection);
  const { threshold, silence_duration_ms: silence = DEFAULT_SILENCE_MS } = detection;
  if (threshold !== undefined && !(Number(threshold) >= 0 && Number(threshold) <= 1)) {
    return wrong(`${path}.threshold`, threshold);
  }
  return typeof silence === "number" ? silence : wrong(`${path}.silence_duration_ms`, silence);
}

function wrongFormat(format: unknown): SettingsError | undefined {
  if (isObject(format) && format["type"] === "audio/pcmu" && Object.keys(format).length === 1) return undefined;
  return wrong("session.audio.input.format", format);
}

function wrongNoise(noise: unknown): SettingsError | undefined {
  if (noise === undefined || noise === null) return undefined;
  if (isObject(noise) && /^(near|far)_field$/.test(String(noise["type"]))) return undefined;
  return wrong("session.audio.input.noise_reduction", noise);
}

function unknownKey(path: string, value: Record<string, unknown>, known: readonly string[]): SettingsError | undefined {
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger === undefined) return undefined;
  const param = `${path}.${stranger}`;
  return { code: "unknown_parameter", message: `Unknown parameter: '${param}'.`, param };
}

function wrong(param: string, value: unknown): SettingsError {
  return {
    code: "invalid_value",
    message: `Invalid value for '${param}': ${JSON.stringify(value) ?? "missing"}.`,
    param,
  };
}
