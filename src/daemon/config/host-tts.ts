// OpenClaw's own voice settings (`messages.tts`, `tts`), laid under ours as far as calls can use them.
import { merged } from "./merge.ts";
import { tts as ttsSection } from "./speech-sections.ts";
import { isTree, type Tree, valueAt } from "./tree.ts";

/** What the host says of voices in general; the newer place wins. */
export function hostTtsOf(config: Tree): Tree {
  const parts = [valueAt(config, "messages.tts"), valueAt(config, "tts")];
  return parts.reduce<Tree>((under, part) => (isTree(part) ? merged(under, part) : under), {});
}

/** The host's names of what we call otherwise; its newer names win over its older ones. */
const renamed: Readonly<Record<string, readonly string[]>> = {
  voice: ["voice", "speakerVoice"],
  voiceId: ["voiceId", "speakerVoiceId"],
  model: ["model"],
  modelId: ["modelId"],
  apiKey: ["apiKey"],
  baseUrl: ["baseUrl"],
  instructions: ["instructions"],
  speed: ["speed"],
  voiceSettings: ["voiceSettings"],
};

/** Changes the section in place. Nothing is taken over while calls do not stream, and what is the host's alone is left out. */
export function layUnderTts(section: Tree, host: Tree): void {
  if (valueAt(section, "streaming.enabled") !== true || Object.keys(host).length === 0) return;
  const own = section["tts"];
  if (own !== undefined && !isTree(own)) return;
  const { openai: openaiShape, elevenlabs: elevenlabsShape } = ttsSection.shape;
  const { openai, elevenlabs, ...others } = providersOf(host);
  const under: Tree = {
    ...(typeof host["provider"] === "string" && { provider: host["provider"] }),
    openai: known(openai, Object.keys(openaiShape.unwrap().shape)),
    elevenlabs: known(elevenlabs, Object.keys(elevenlabsShape.unwrap().shape)),
    providers: others,
  };
  section["tts"] = merged(under, own ?? {});
}

/** `tts.providers.<id>` over `tts.<id>`, as the host reads them. */
function providersOf(host: Tree): Record<string, Tree> {
  const { providers } = host;
  const older = Object.fromEntries(["openai", "elevenlabs"].map((id) => [id, isTree(host[id]) ? host[id] : {}]));
  const all = merged(older, isTree(providers) ? providers : {});
  return Object.fromEntries(Object.entries(all).flatMap(([id, value]) => (isTree(value) ? [[id, value]] : [])));
}

function known(settings: Tree | undefined, keys: readonly string[]): Tree {
  const found = keys.flatMap((key) => {
    const values = (renamed[key] ?? []).map((name) => settings?.[name]).filter((value) => value !== undefined);
    const value = values.at(-1);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(found);
}
