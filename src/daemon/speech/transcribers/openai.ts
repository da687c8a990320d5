// OpenAI realtime transcription: sessions in their GA shapes, with the server's VAD or with our commits.
import type { UlawFrame } from "../transcriber.ts";
import { fieldsAt, numberAt, shownCode, textAt } from "./fields.ts";
import { base64Length } from "./frames.ts";
import { openAiHost, type TranscriptionModel, transcriptionModel } from "./openai-models.ts";
import type { Dialect, Fields, Floor, Service } from "./service.ts";
import { primaryLanguage, socketUrl } from "./socket-url.ts";
import { TurnOrder, type TurnOutcome } from "./turn-order.ts";

export interface OpenAiTranscription {
  apiKey: string;
  /** Default `https://api.openai.com/v1`. */
  baseUrl?: string | undefined;
  /** Default `gpt-transcribe`. */
  model?: string | undefined;
  /** ISO 639-1; default: the call's. */
  language?: string | undefined;
  /** Free text that tells the model what the talk is about. */
  prompt?: string | undefined;
  /** Words that it should know. */
  keywords?: readonly string[] | undefined;
  /** Silence that ends a turn, for models with server VAD. Default 500. */
  silenceDurationMs?: number | undefined;
  /** 0 to 1, for models with server VAD. Default 0.5. */
  vadThreshold?: number | undefined;
  noiseReduction?: "near_field" | "far_field" | undefined;
}

const defaultBaseUrl = "https://api.openai.com/v1";
const defaultSilenceMs = 500;
const defaultThreshold = 0.5;
const prefixPaddingMs = 300;
/** p99 from the end of speech to its words. */
const finalWithinMs = 1660;
const spareMs = 1000;
/** Less audio than this cannot be committed: 100 ms. */
const smallestCommitBytes = 800;
const minuteMs = 60_000;
const section = "streaming.providers.openai";

export function openAiService(config: OpenAiTranscription, callLanguage: string): Service {
  const { apiKey, baseUrl = defaultBaseUrl } = config;
  const model = transcriptionModel(config.model, baseUrl);
  // On OpenAI's own host a model in the URL would make it a conversation; others route by it.
  const routed = new URL(baseUrl).host === openAiHost ? undefined : model.name;
  return {
    id: "openai",
    name: "OpenAI",
    capabilities: {
      endOfTurn: model.serverVad ? "silence" : "none",
      speechStart: model.serverVad,
      chunkMs: 20,
      finalWithinMs,
    },
    secretKey: `${section}.apiKey`,
    url: socketUrl(baseUrl, "/realtime", { intent: "transcription", model: routed }),
    headers: { Authorization: `Bearer ${apiKey}` },
    lengthOf: base64Length,
    alwaysAudio: false,
    renewal: { inSilenceAfterMs: 45 * minuteMs, afterMs: 50 * minuteMs },
    // With the server's VAD there is no word before the turn is over.
    quietAfterSpeechMs: 30_000,
    createDialect: (floor) => {
      const language = primaryLanguage(config.language ?? callLanguage);
      return new OpenAiDialect(floor, model, JSON.stringify(sessionUpdate(config, model, language)));
    },
  };
}

const refusedKey = new Set(["invalid_api_key", "insufficient_quota", "account_deactivated", "billing_not_active"]);

class OpenAiDialect implements Dialect {
  readonly #floor: Floor;
  readonly #model: TranscriptionModel;
  readonly #update: string;
  readonly #order: TurnOrder;
  #isReady = false;
  #speaking = false;
  /** Where the audio of the commits ends that the server has not confirmed. */
  #commits: number[] = [];
  #committedAt = 0;
  readonly #ends = new Map<string, number>();

  constructor(floor: Floor, model: TranscriptionModel, update: string) {
    this.#floor = floor;
    this.#model = model;
    this.#update = update;
    const release = (outcome: TurnOutcome, endsAt: number | undefined): void => this.#release(outcome, endsAt);
    this.#order = new TurnOrder({ after: floor.after, release }, finalWithinMs + spareMs);
  }

  get busy(): boolean {
    return this.#speaking || this.#commits.length > 0 || !this.#order.isEmpty;
  }

  opened(): string {
    this.#order.clear();
    this.#ends.clear();
    this.#commits = [];
    this.#committedAt = 0;
    this.#speaking = false;
    return this.#update;
  }

  audio(frames: readonly UlawFrame[]): string {
    return `{"type":"input_audio_buffer.append","audio":"${frames[0]?.base64 ?? ""}"}`;
  }

  commit(): string | undefined {
    const position = this.#floor.position();
    if (!this.#model.serverVad && position - this.#committedAt < smallestCommitBytes) {
      this.#nothingSaid();
      return undefined;
    }
    this.#committedAt = position;
    this.#commits.push(position);
    return '{"type":"input_audio_buffer.commit"}';
  }

  receive(message: Fields): void {
    const type = textAt(message, "type");
    if (type === "session.updated") {
      this.#isReady = true;
      this.#floor.ready();
    } else if (type === "error") {
      this.#failed(fieldsAt(message, "error") ?? {});
    } else {
      const id = textAt(message, "item_id");
      if (id !== undefined) this.#receiveOf(id, message);
    }
  }

  closed(): void {
    this.#isReady = false;
    this.#order.pause();
  }

  finish(): void {
    this.#order.drain();
  }

  dispose(): void {
    this.#order.pause();
  }

  #receiveOf(id: string, message: Fields): void {
    switch (message["type"]) {
      case "input_audio_buffer.speech_started":
        this.#speaking = true;
        this.#floor.heard({ type: "speechStarted" });
        return;
      case "input_audio_buffer.speech_stopped":
        this.#stopped(id, numberAt(message, "audio_end_ms"));
        return;
      case "input_audio_buffer.committed":
        this.#speaking = false;
        this.#order.close(id, this.#ends.get(id) ?? this.#commits.shift());
        this.#ends.delete(id);
        return;
      case "conversation.item.input_audio_transcription.delta":
        this.#order.grow(id, textAt(message, "delta") ?? "");
        this.#tellPartial();
        return;
      case "conversation.item.input_audio_transcription.completed":
        this.#order.settle(id, { text: textAt(message, "transcript") ?? "" });
        // It may have to wait for the turn before.
        this.#tellPartial();
        return;
      case "conversation.item.input_audio_transcription.failed":
        this.#order.settle(id, { missed: shownCode(fieldsAt(message, "error")?.["code"]) });
        return;
      default:
    }
  }

  #stopped(id: string, endMs: number | undefined): void {
    this.#speaking = false;
    // Of items that are never committed nothing is kept.
    if (this.#ends.size >= 64) this.#ends.clear();
    this.#ends.set(id, endMs === undefined ? this.#floor.position() : this.#floor.positionAt(endMs));
    this.#floor.heard({ type: "speechStopped" });
  }

  #tellPartial(): void {
    const text = this.#order.partial;
    if (text !== "") this.#floor.heard({ type: "partial", text });
  }

  #release(outcome: TurnOutcome, endsAt: number | undefined): void {
    if (endsAt !== undefined) this.#floor.settle(endsAt);
    if ("missed" in outcome) {
      this.#floor.heard({ type: "missed", message: `OpenAI could not transcribe a piece: ${outcome.missed}` });
    } else {
      this.#floor.heard({ type: "final", text: outcome.text.trim(), turnEnd: this.#model.serverVad });
    }
  }

  /** What was committed holds no words. Told later: whoever commits is not to be called back before that is done. */
  #nothingSaid(): void {
    queueMicrotask(() => this.#floor.heard({ type: "final", text: "", turnEnd: false }));
  }

  #failed(error: Fields): void {
    const code = textAt(error, "code") ?? textAt(error, "type");
    if (code === "input_audio_buffer_commit_empty") {
      this.#commits.shift();
      if (!this.#model.serverVad) this.#nothingSaid();
    } else if (code !== undefined && refusedKey.has(code)) {
      this.#floor.giveUp(shownCode(code), `Check \`${section}.apiKey\` and its account.`);
    } else if (code === "session_expired" || (!this.#isReady && !/^invalid|^unknown|^missing/.test(code ?? ""))) {
      this.#floor.renew(shownCode(code));
    } else if (!this.#isReady) {
      this.#floor.giveUp(`${shownCode(code)} for the session`, `Check \`${section}\`: model, language and prompt.`);
    } else {
      this.#floor.note(shownCode(code));
    }
  }
}

function sessionUpdate(config: OpenAiTranscription, model: TranscriptionModel, language: string): unknown {
  const { prompt, keywords, noiseReduction } = config;
  return {
    type: "session.update",
    session: {
      type: "transcription",
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          noise_reduction: noiseReduction === undefined ? null : { type: noiseReduction },
          transcription: {
            model: model.name,
            language,
            ...(model.prompt && prompt !== undefined && { prompt }),
            ...(model.keywords && keywords !== undefined && keywords.length > 0 && { keywords }),
          },
          turn_detection: model.serverVad
            ? {
                type: "server_vad",
                threshold: config.vadThreshold ?? defaultThreshold,
                prefix_padding_ms: prefixPaddingMs,
                silence_duration_ms: config.silenceDurationMs ?? defaultSilenceMs,
              }
            : null,
        },
      },
    },
  };
}
