// The voices of a configuration, in the order in which a call tries them.
import { merged } from "../config/merge.ts";
import type { Config } from "../config/schema.ts";
import { tts as ttsSection } from "../config/speech-sections.ts";
import type { Deps } from "../deps.ts";
import type { EmbeddedVoice } from "./embedded/embedded-voice.ts";
import type { Synthesiser } from "./synthesiser.ts";
import { createElevenlabs } from "./voices/elevenlabs.ts";
import { embeddedSynthesiser } from "./voices/embedded.ts";
import { voiceModel } from "./voices/openai-models.ts";
import { createOpenaiReader } from "./voices/openai-reader.ts";
import { createOpenaiSpeech } from "./voices/openai-speech.ts";
import { readSettings, type VoiceSettings } from "./voices/voice-settings.ts";

export interface VoicesConfig {
  tts: Config["tts"] | undefined;
  /** Of one dialled number, over all else. */
  own: Record<string, unknown> | undefined;
}

export type VoicesDeps = Pick<Deps, "clock" | "log"> & {
  embedded: Pick<EmbeddedVoice, "synthesise" | "hold" | "unavailable">;
};

export interface ConfiguredVoices {
  voices: Synthesiser[];
  /** What a person should be told of the configuration, once. */
  notices: string[];
}

/** Voices of the host that cannot speak on a call. */
const neverOnCalls: readonly string[] = ["edge", "microsoft"];
/** Who is asked first when none is chosen: by how soon they speak. */
const byHabit = ["elevenlabs", "openai"];
const openAiUrl = "https://api.openai.com/v1";
const elevenlabsUrl = "https://api.elevenlabs.io";
/** A premade voice that every account has. */
const elevenlabsVoice = "21m00Tcm4TlvDq8ikWAM";
const elevenlabsModel = "eleven_flash_v2_5";

/** The chosen one first, then the others with a key as a way out, and the embedded voice. */
export function configuredVoices({ tts, own }: VoicesConfig, deps: VoicesDeps): ConfiguredVoices {
  const notices = new Set<string>();
  const note = (notice: string): void => void notices.add(notice);
  const config = withOwn(tts ?? ttsSection.parse({}), own, note);
  const ids = new Set([...byHabit, ...Object.keys(config.providers)]);
  const { provider } = config;
  const order = provider === undefined ? [...ids] : [provider, ...[...ids].filter((id) => id !== provider)];
  if (!order.includes("embedded")) order.push("embedded");
  const voices = order.flatMap((id) => voiceOf({ id, config, deps, note }) ?? []);
  const first = voices[0]?.id;
  if (provider !== undefined && first !== provider && first !== undefined)
    note(`tts.provider is ${provider}, which cannot speak as it is configured: ${first} speaks in its place`);
  if (first === undefined) note(`no voice is configured: ${deps.embedded.unavailable?.hint ?? "set the key of one"}`);
  return { voices, notices: [...notices] };
}

interface Choice {
  id: string;
  config: Config["tts"];
  deps: VoicesDeps;
  note: (notice: string) => void;
}

function voiceOf(choice: Choice): Synthesiser | undefined {
  const { id, config, deps, note } = choice;
  if (neverOnCalls.includes(id)) {
    note("the voices of Microsoft Edge cannot speak on calls; another one is used");
    return undefined;
  }
  if (id === "embedded")
    return deps.embedded.unavailable === undefined ? embeddedSynthesiser(deps.embedded) : undefined;
  const section = id === "openai" || id === "elevenlabs" ? config[id] : {};
  const settings = readSettings(merged({ ...section }, { ...config.providers[id] }));
  const known = id in config.providers ? `tts.providers.${id}` : `tts.${id}`;
  if (settings.baseUrl !== undefined && !URL.canParse(settings.baseUrl)) {
    note(`${known}.baseUrl is no URL, so ${id} does not speak`);
    return undefined;
  }
  return id === "elevenlabs" ? elevenlabs(known, settings, choice) : openai(known, settings, choice);
}

function elevenlabs(where: string, settings: VoiceSettings, { id, deps }: Choice): Synthesiser | undefined {
  const { apiKey, baseUrl = elevenlabsUrl, voice = elevenlabsVoice, model = elevenlabsModel } = settings;
  if (apiKey === undefined) return undefined;
  const { voiceSettings } = settings;
  const url = baseUrl.replace(/\/+(v1\/*)?$/, "");
  return createElevenlabs(
    { id, settings: where, apiKey, baseUrl: url, voiceId: voice, modelId: model, voiceSettings },
    deps.clock,
  );
}

/** OpenAI itself, or whoever takes the same requests: those may do without a key. */
function openai(where: string, settings: VoiceSettings, { id, deps, note }: Choice): Synthesiser | undefined {
  const { apiKey, instructions, speed } = settings;
  const baseUrl = (settings.baseUrl ?? (id === "openai" ? openAiUrl : undefined))?.replace(/\/+$/, "");
  if (baseUrl === undefined) {
    note(`${where} has no baseUrl: of services without one only OpenAI and ElevenLabs can speak on calls`);
    return undefined;
  }
  if (apiKey === undefined && baseUrl === openAiUrl) return undefined;
  const model = voiceModel(settings.model, baseUrl);
  if (model.notice !== undefined) note(model.notice);
  const voice = settings.voice ?? model.voice;
  const options = { id, settings: where, apiKey, baseUrl, model: model.name, voice, instructions, speed };
  return model.reads ? createOpenaiReader(options, deps) : createOpenaiSpeech(options, deps.clock);
}

function withOwn(tts: Config["tts"], own: VoicesConfig["own"], note: (notice: string) => void): Config["tts"] {
  if (own === undefined) return tts;
  const parsed = ttsSection.safeParse(merged(tts, own));
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map(({ path }) => path.join("."));
  note(
    `the tts of a number is wrong at ${[...new Set(paths)].join(", ") || "its top"}, so the general one is used for it`,
  );
  return tts;
}
