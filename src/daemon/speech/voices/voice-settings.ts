// The settings of one voice, in our spelling or in the host's.

export interface VoiceSettings {
  apiKey: string | undefined;
  baseUrl: string | undefined;
  model: string | undefined;
  /** Name or id. */
  voice: string | undefined;
  instructions: string | undefined;
  speed: number | undefined;
  /** In the service's spelling: `similarity_boost`. */
  voiceSettings: Record<string, unknown>;
}

/** The host's spelling is the newer one, so it wins. What is of another type is left out. */
export function readSettings(fields: Readonly<Record<string, unknown>>): VoiceSettings {
  const text = (...names: string[]): string | undefined =>
    names.map((name) => fields[name]).find((value): value is string => typeof value === "string" && value !== "");
  const { speed, voiceSettings } = fields;
  return {
    apiKey: text("apiKey"),
    baseUrl: text("baseUrl"),
    model: text("modelId", "model"),
    voice: text("speakerVoiceId", "speakerVoice", "voiceId", "voice"),
    instructions: text("instructions"),
    speed: typeof speed === "number" && speed >= 0.25 && speed <= 4 ? speed : undefined,
    voiceSettings: spelledOut(voiceSettings),
  };
}

function spelledOut(settings: unknown): Record<string, unknown> {
  if (typeof settings !== "object" || settings === null) return {};
  const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [snake(name), value]));
}
