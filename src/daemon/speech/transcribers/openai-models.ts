// OpenAI's transcription models: which take what, and which are about to be switched off.

export interface TranscriptionModel {
  readonly name: string;
  /** The server finds the end of a turn; else it must be told. */
  readonly serverVad: boolean;
  readonly prompt: boolean;
  readonly keywords: boolean;
}

const defaultTranscriptionModel = "gpt-transcribe";

const known: readonly TranscriptionModel[] = [
  { name: "gpt-transcribe", serverVad: true, prompt: true, keywords: true },
  { name: "gpt-live-transcribe", serverVad: false, prompt: true, keywords: true },
  { name: "gpt-realtime-whisper", serverVad: false, prompt: false, keywords: false },
];

const deprecated = /^(whisper-1|gpt-4o(-mini)?-transcribe(-.+)?)$/;
const shutdownDate = "2027-02-26";

/** The host of the service itself; others may serve models of any name. */
export const openAiHost = "api.openai.com";

/** What is asked for when this model is configured. */
export function transcriptionModel(configured: string | undefined, baseUrl: string): TranscriptionModel {
  const name = configured ?? defaultTranscriptionModel;
  const used = isSwitchedOff(name, baseUrl) ? defaultTranscriptionModel : name;
  return known.find((model) => model.name === used) ?? { name: used, serverVad: true, prompt: true, keywords: false };
}

/** What a user should know of the model they configured. */
export function transcriptionModelNotice(configured: string | undefined, baseUrl: string): string | undefined {
  if (configured === undefined || !isSwitchedOff(configured, baseUrl)) return undefined;
  return `OpenAI switches ${configured} off on ${shutdownDate}: ${defaultTranscriptionModel} is used instead`;
}

function isSwitchedOff(name: string, baseUrl: string): boolean {
  return new URL(baseUrl).host === openAiHost && deprecated.test(name);
}
