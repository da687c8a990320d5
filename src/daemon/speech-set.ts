// The voices and recognisers of the configuration in force, and what each streaming call uses of them.
import { isDeepStrictEqual } from "node:util";
import { CallError } from "../call/error.ts";
import type { CallState } from "../call/state.ts";
import type { Problem } from "../router/context.ts";
import type { Config } from "./config/schema.ts";
import type { Clock, Log } from "./deps.ts";
import type { LineSettings } from "./media/engine.ts";
import { VoiceDetector } from "./media/vad/voice-detector.ts";
import { speechModelIn } from "./media/vad/load-model.ts";
import type { SpeechModel } from "./media/vad/model.ts";
import { createVoice, type Voice } from "./speech/chain.ts";
import { EmbeddedVoice } from "./speech/embedded/embedded-voice.ts";
import { configuredEars, type Ears } from "./speech/configured-ears.ts";
import { configuredVoices, type VoicesConfig } from "./speech/configured-voices.ts";

/** Files that lie beside the daemon's program, and the package that brings optional parts. */
export interface SpeechFiles {
  voiceWorker: URL;
  voiceDetector: URL;
  /** Folders of packages that may have installed optional parts. */
  packageRoots: readonly string[];
}

export interface SpeechSetPorts extends SpeechFiles {
  clock: Clock;
  log: Log;
}

interface Voices {
  madeFrom: unknown;
  voice: Voice;
  /** Calls that speak with it. */
  calls: number;
}

const megabyte = 1024 * 1024;

export class SpeechSet implements AsyncDisposable {
  readonly #ports: SpeechSetPorts;
  readonly #embedded: EmbeddedVoice;
  readonly #loadModel: () => Promise<SpeechModel>;
  #model: SpeechModel | undefined;
  #config: Config | undefined;
  #ears: Ears = { madeFrom: undefined, transcribers: [], notices: [] };
  /** By dialled number; `""` is every number without a voice of its own. */
  readonly #voices = new Map<string, Voices>();
  /** Of an older configuration, until the last call that speaks with them is over. */
  readonly #former = new Set<Voices>();

  constructor(ports: SpeechSetPorts) {
    const { clock, voiceWorker, voiceDetector, packageRoots } = ports;
    this.#ports = ports;
    this.#embedded = new EmbeddedVoice({ clock, workerFile: voiceWorker, roots: packageRoots });
    this.#loadModel = speechModelIn(voiceDetector);
  }

  configure(config: Config): void {
    this.#config = config;
    if (!config.streaming.enabled) return;
    void this.#load();
    const ears = configuredEars(config, this.#ports);
    if (!isDeepStrictEqual(this.#ears.madeFrom, ears.madeFrom)) {
      for (const notice of ears.notices) this.#ports.log.warn({}, notice);
      this.#ears = ears;
    }
    for (const [dialled, known] of this.#voices)
      if (dialled !== "" && config.numbers[dialled]?.tts === undefined) this.#replace(dialled, known);
    this.#voiceFor("");
  }

  /** Those of calls to numbers without a voice of their own, in the order in which they are asked. */
  get voices(): readonly string[] {
    return this.#voices.get("")?.voice.voices ?? [];
  }

  get recognisers(): string[] {
    return this.#ears.transcribers.map(({ id }) => id);
  }

  /** What is wrong with voices and recognisers, while calls are to stream. */
  get problems(): Problem[] {
    if (this.#config?.streaming.enabled !== true) return [];
    return [...this.#voices.values()].flatMap(({ voice }) =>
      voice
        .problems()
        .map(({ voice: id, message, hint }): Problem =>
          new CallError("SPEECH_FAILED", `the voice ${id}: ${message}`, { hint }).toJSON(),
        ),
    );
  }

  /** Of a call, also one that began under an older configuration; what it uses is kept until it is released. */
  settingsOf({ direction, to }: CallState): LineSettings | undefined {
    const config = this.#config;
    if (config === undefined) return undefined;
    const { streaming, silenceTimeoutMs, recording } = config;
    const { onsetMs, minWords, resumeMs, protectMs } = streaming.interruptions;
    const used = this.#voiceFor(direction === "inbound" ? to : "");
    const { voice } = used;
    used.calls++;
    return {
      speak: (text, signal) => voice.speak(text, signal),
      warmUp: () => voice.warmUp(),
      ear: {
        transcribers: this.#ears.transcribers,
        language: streaming.language,
        rules: { plainMs: silenceTimeoutMs, onsetMs, minWords, resumeMs },
        newProbe: () => this.#newProbe(),
      },
      protectMs,
      maxRecordingBytes: recording.maxMegabytes * megabyte,
      release: () => this.#release(used),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const voices = [...this.#former, ...this.#voices.values()];
    await Promise.allSettled(voices.map(({ voice }) => voice[Symbol.asyncDispose]()));
    await this.#embedded[Symbol.asyncDispose]();
  }

  #newProbe(): ReturnType<LineSettings["ear"]["newProbe"]> {
    return this.#model === undefined ? undefined : new VoiceDetector(this.#model);
  }

  async #load(): Promise<void> {
    try {
      this.#model = await this.#loadModel();
    } catch (error) {
      this.#ports.log.error({ error: String(error) }, "the voice detector cannot be loaded; words alone interrupt us");
    }
  }

  #release(used: Voices): void {
    used.calls--;
    if (used.calls === 0 && this.#former.delete(used)) this.#close(used);
  }

  /** No new call uses it. */
  #replace(dialled: string, known: Voices): void {
    this.#voices.delete(dialled);
    if (known.calls === 0) this.#close(known);
    else this.#former.add(known);
  }

  #close({ voice }: Voices): void {
    Promise.resolve(voice[Symbol.asyncDispose]()).catch((error: unknown) =>
      this.#ports.log.warn({ error: String(error) }, "a voice could not be closed"),
    );
  }

  #voiceFor(dialled: string): Voices {
    const config = this.#config;
    const own = config?.numbers[dialled]?.tts;
    const key = own === undefined ? "" : dialled;
    const madeFrom: VoicesConfig = { tts: config?.tts, own };
    const known = this.#voices.get(key);
    if (known !== undefined && isDeepStrictEqual(known.madeFrom, madeFrom)) return known;
    const { voices, notices } = configuredVoices(madeFrom, { ...this.#ports, embedded: this.#embedded });
    for (const notice of notices) this.#ports.log.warn({}, notice);
    const voice = createVoice(voices, this.#ports);
    if (known !== undefined) this.#replace(key, known);
    const made: Voices = { madeFrom, voice, calls: 0 };
    this.#voices.set(key, made);
    voice.prepare(phrasesOf(config, dialled));
    return made;
  }
}

/** What is said in every call is made ahead. */
function phrasesOf(config: Config | undefined, dialled: string): string[] {
  if (config === undefined) return [];
  const { apology, unattended, reprompt, goodbye, filler, deaf, recording } = config.phrases;
  const greeting = { ...config, ...config.numbers[dialled] }.inboundGreeting ?? "";
  const notice = config.recording.enabled ? recording : "";
  return [greeting, apology, filler, unattended, reprompt, goodbye, deaf, notice].filter((text) => text !== "");
}
