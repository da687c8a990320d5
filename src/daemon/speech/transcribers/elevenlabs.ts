// ElevenLabs Scribe realtime: turns by its own VAD, or by our commits.
import type { UlawFrame } from "../transcriber.ts";
import { shownCode, textAt } from "./fields.ts";
import { bytesLength, joined } from "./frames.ts";
import type { Dialect, Fields, Floor, Service } from "./service.ts";
import { primaryLanguage, type Query, socketUrl } from "./socket-url.ts";

export interface ElevenLabsTranscription {
  apiKey: string;
  /** Default `https://api.elevenlabs.io`. */
  baseUrl?: string | undefined;
  /** Default `scribe_v2_realtime`. */
  model?: string | undefined;
  /** ISO 639; default: the call's. */
  language?: string | undefined;
  /** Words that it should know. */
  keywords?: readonly string[] | undefined;
  /** `vad` (default): it finds the end of a turn; `manual`: our own voice detector does. */
  commitStrategy?: "vad" | "manual" | undefined;
  /** With `vad`: silence that ends a turn. Default 500; the service takes 310 to 3000, and beyond them the nearest is used. */
  silenceDurationMs?: number | undefined;
  /** With `vad`: from 0.1 to 0.9, beyond which the nearest is used. Default: the service's own. */
  vadThreshold?: number | undefined;
}

const defaultBaseUrl = "https://api.elevenlabs.io";
const defaultModel = "scribe_v2_realtime";
const defaultSilenceMs = 500;
const section = "streaming.providers.elevenlabs";
/** After the end of a turn so much was sent before its words came that it belongs to the next. */
const overlapBytes = 2400;

export function elevenLabsService(config: ElevenLabsTranscription, callLanguage: string): Service {
  const { apiKey, baseUrl = defaultBaseUrl, commitStrategy = "vad" } = config;
  const vad = commitStrategy === "vad";
  return {
    id: "elevenlabs",
    name: "ElevenLabs",
    capabilities: { endOfTurn: vad ? "silence" : "none", speechStart: false, chunkMs: 100, finalWithinMs: 410 },
    secretKey: `${section}.apiKey`,
    url: socketUrl(baseUrl, "/v1/speech-to-text/realtime", {
      model_id: config.model ?? defaultModel,
      audio_format: "ulaw_8000",
      commit_strategy: commitStrategy,
      language_code: primaryLanguage(config.language ?? callLanguage),
      ...(vad && vadQuery(config)),
      keyterms: config.keywords,
    }),
    headers: { "xi-api-key": apiKey },
    lengthOf: bytesLength,
    alwaysAudio: true,
    quietAfterSpeechMs: 8000,
    createDialect: (floor) => new ScribeDialect(floor, vad),
  };
}

function vadQuery({ silenceDurationMs = defaultSilenceMs, vadThreshold }: ElevenLabsTranscription): Query {
  return {
    vad_silence_threshold_secs: Math.min(3000, Math.max(310, silenceDurationMs)) / 1000,
    vad_threshold: vadThreshold === undefined ? undefined : Math.min(0.9, Math.max(0.1, vadThreshold)),
  };
}

/** What no new session mends. */
const refused: ReadonlyMap<string, string> = new Map([
  ["auth_error", `Check \`${section}.apiKey\`.`],
  ["quota_exceeded", "The account's quota is used up."],
  ["unaccepted_terms", "Accept the terms of the service in its console."],
]);
const ended = new Set([
  "rate_limited",
  "queue_overflow",
  "resource_exhausted",
  "session_time_limit_exceeded",
  "insufficient_audio_activity",
  "transcriber_error",
  "error",
]);
const noted = new Set(["input_error", "invalid_request", "chunk_size_exceeded"]);

class ScribeDialect implements Dialect {
  readonly #floor: Floor;
  readonly #vad: boolean;
  #isReady = false;
  #partial = "";
  /** Where the audio of the commits ends that are not answered. */
  #commits: number[] = [];

  constructor(floor: Floor, vad: boolean) {
    this.#floor = floor;
    this.#vad = vad;
  }

  get busy(): boolean {
    return this.#partial !== "" || this.#commits.length > 0;
  }

  opened(): undefined {
    this.#partial = "";
    this.#commits = [];
    return undefined;
  }

  audio(frames: readonly UlawFrame[]): string {
    return chunk(Buffer.from(joined(frames)).toString("base64"), false);
  }

  commit(): string {
    this.#commits.push(this.#floor.position());
    return chunk("", true);
  }

  receive(message: Fields): void {
    const type = textAt(message, "message_type") ?? "";
    const hint = refused.get(type);
    if (type === "session_started") {
      this.#isReady = true;
      this.#floor.ready();
    } else if (type === "partial_transcript") {
      this.#grow(textAt(message, "text") ?? "");
    } else if (type === "committed_transcript") {
      this.#commit(textAt(message, "text") ?? "");
    } else if (type === "commit_throttled") {
      this.#commits.shift();
      if (!this.#vad) this.#floor.heard({ type: "final", text: "", turnEnd: false });
    } else if (hint !== undefined) {
      this.#floor.giveUp(type, hint);
    } else if (ended.has(type)) {
      this.#floor.renew(shownCode(type));
    } else if (noted.has(type)) {
      this.#complained(type);
    }
  }

  closed(): void {
    this.#isReady = false;
  }

  /** Half a turn is better than none. */
  finish(): void {
    if (this.#partial !== "") this.#commit(this.#partial);
  }

  dispose(): void {
    // It holds no timer.
  }

  #grow(text: string): void {
    this.#partial = text.trim();
    if (this.#partial !== "") this.#floor.heard({ type: "partial", text: this.#partial });
  }

  #commit(text: string): void {
    this.#floor.settle(this.#commits.shift() ?? this.#floor.position() - overlapBytes);
    this.#partial = "";
    const final = text.trim();
    // Its own VAD may find that it was nothing; a commit is answered.
    if (final === "" && this.#vad) return;
    if (this.#vad) this.#floor.heard({ type: "speechStopped" });
    this.#floor.heard({ type: "final", text: final, turnEnd: this.#vad });
  }

  #complained(type: string): void {
    if (this.#isReady) this.#floor.note(type);
    else this.#floor.giveUp(`${type} for the session`, `Check \`${section}\`: model, language and keywords.`);
  }
}

function chunk(base64: string, commit: boolean): string {
  return `{"message_type":"input_audio_chunk","audio_base_64":"${base64}","commit":${commit},"sample_rate":8000}`;
}
