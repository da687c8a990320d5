// The sections of live audio: media streams, recognisers, voices, recordings; see sections.ts for the marks.
import * as z from "zod";

const apiKey = (env: string, whose: string): z.ZodExactOptional<z.ZodString> =>
  z.string().min(1).exactOptional().describe(`API key of ${whose}.`).meta({ secret: true, env });

const baseUrl = (usual: string): z.ZodExactOptional<z.ZodString> =>
  z
    .string()
    .exactOptional()
    .describe(`URL in place of \`${usual}\`, for a compatible service, a proxy or an emulator.`);

const text = (about: string): z.ZodExactOptional<z.ZodString> =>
  z.string().min(1).max(400).exactOptional().describe(about);

const words = z
  .array(z.string().min(1).max(100))
  .max(100)
  .exactOptional()
  .describe("Words that the recogniser should know: names, products.");

const language = text("Language of the callers for this service, where it is not `streaming.language`.");

const openaiEar = z.strictObject({
  apiKey: apiKey("OPENAI_API_KEY", "OpenAI"),
  baseUrl: baseUrl("https://api.openai.com/v1"),
  model: text("Recogniser; by default `gpt-transcribe`."),
  language,
  prompt: z.string().max(4000).exactOptional().describe("What callers talk about, in free text."),
  keywords: words,
  silenceDurationMs: z
    .int()
    .min(100)
    .max(10_000)
    .exactOptional()
    .describe("Milliseconds of silence that end a turn, where it is not `silenceTimeoutMs`."),
  vadThreshold: z.number().min(0).max(1).exactOptional().describe("How sure it must be that somebody speaks, 0 to 1."),
  noiseReduction: z
    .enum(["near_field", "far_field"])
    .exactOptional()
    .describe("Filter for noise: a headset, or a room."),
});

const deepgramEar = z.strictObject({
  apiKey: apiKey("DEEPGRAM_API_KEY", "Deepgram"),
  baseUrl: baseUrl("https://api.deepgram.com"),
  model: text(
    "Recogniser: one of Flux, which knows when a thought is complete (`flux-general-en`, the default), or of Nova.",
  ),
  language,
  keywords: words,
  silenceDurationMs: z
    .int()
    .min(10)
    .max(10_000)
    .exactOptional()
    .describe("Milliseconds of silence that end a turn, for Nova."),
  endOfTurnThreshold: z
    .number()
    .min(0.5)
    .max(0.9)
    .exactOptional()
    .describe("How sure Flux must be that a turn is over; 0.7 by default."),
  endOfTurnTimeoutMs: z
    .int()
    .min(500)
    .max(10_000)
    .exactOptional()
    .describe("Milliseconds of silence that end a turn for Flux however unsure it is; 5000 by default."),
});

const elevenlabsEar = z.strictObject({
  apiKey: apiKey("ELEVENLABS_API_KEY", "ElevenLabs"),
  baseUrl: baseUrl("https://api.elevenlabs.io"),
  model: text("Recogniser; by default `scribe_v2_realtime`."),
  language,
  keywords: words,
  silenceDurationMs: z.int().min(100).max(10_000).exactOptional().describe("Milliseconds of silence that end a turn."),
  vadThreshold: z.number().min(0).max(1).exactOptional().describe("How sure it must be that somebody speaks, 0 to 1."),
});

const interruptions = z.strictObject({
  onsetMs: z
    .int()
    .min(60)
    .max(2000)
    .default(250)
    .describe("Milliseconds of the caller's voice that make us fall silent for a moment."),
  minWords: z
    .int()
    .min(1)
    .max(20)
    .default(1)
    .describe("Words that it takes to interrupt us for good; sounds of assent never do."),
  resumeMs: z
    .int()
    .min(200)
    .max(10_000)
    .default(2000)
    .describe("Milliseconds after which we go on where we stopped, when no words came."),
  protectMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(1000)
    .describe("Milliseconds at the beginning of a call's first words in which we cannot be interrupted."),
});

const count = (usual: number, about: string): z.ZodDefault<z.ZodInt> =>
  z.int().min(1).max(10_000).default(usual).describe(about);

export const streaming = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe("Talks over media streams, with voices and recognisers of your choice, in place of the carrier's own."),
  streamPath: z
    .string()
    .refine((path) => /^\/[\w\-./]*$/.test(path), "is not a path like /voice/stream")
    .default("/voice/stream")
    .describe("Path below which media sockets arrive, at the host of `publicUrl`."),
  provider: z
    .enum(["openai", "deepgram", "elevenlabs"])
    .exactOptional()
    .describe("The recogniser that is asked first; by default the first one with a key."),
  providers: z
    .strictObject({
      openai: openaiEar.prefault({}).describe("Recognition by OpenAI."),
      deepgram: deepgramEar.prefault({}).describe("Recognition by Deepgram."),
      elevenlabs: elevenlabsEar.prefault({}).describe("Recognition by ElevenLabs."),
    })
    .prefault({})
    .describe("The recognisers; each one with a key may be used when the one before it fails."),
  language: z.string().min(2).max(20).default("en-US").describe("Language of the callers, for example `en-US`."),
  interruptions: interruptions.prefault({}).describe("When a caller's voice interrupts ours."),
  fillerAfterMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(1200)
    .describe("Milliseconds without the first words of a reply after which `phrases.filler` is said; 0 means never."),
  preStartTimeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(5000)
    .describe("Milliseconds that a media socket may take to begin its audio."),
  maxPendingConnections: count(32, "How many media sockets may be waiting to begin."),
  maxPendingConnectionsPerIp: count(4, "How many of these from one address."),
  maxConnections: count(128, "How many media sockets may be open at all."),
});

const openaiVoice = z.strictObject({
  apiKey: apiKey("OPENAI_API_KEY", "OpenAI"),
  baseUrl: baseUrl("https://api.openai.com/v1"),
  model: text("Voice model, for example `gpt-realtime-2.1-mini` (the default) or `gpt-4o-mini-tts`."),
  voice: text("Voice, for example `marin` or `alloy`."),
  instructions: z.string().max(4000).exactOptional().describe("How it should speak."),
  speed: z.number().min(0.25).max(4).exactOptional().describe("How fast it speaks; 1 is its own speed."),
});

const elevenlabsVoice = z.strictObject({
  apiKey: apiKey("ELEVENLABS_API_KEY", "ElevenLabs"),
  baseUrl: baseUrl("https://api.elevenlabs.io"),
  voiceId: text("Id of the voice."),
  modelId: text("Voice model; by default `eleven_flash_v2_5`, which answers fast enough for calls."),
  voiceSettings: z
    .record(z.string(), z.union([z.number(), z.boolean()]))
    .exactOptional()
    .describe("Passed on to the service: `stability`, `similarity_boost`, `style`, `speed` and others."),
});

/** Any service by its id, in the host's own spelling too. */
const anyVoice = z.looseObject({
  apiKey: z.string().min(1).exactOptional().describe("API key of the service.").meta({ secret: true }),
  baseUrl: z.string().exactOptional().describe("URL of the service."),
});

export const tts = z.strictObject({
  provider: text(
    "The voice that is asked first: `openai`, `elevenlabs`, `embedded`, or a name of `tts.providers`; by default the first one with a key.",
  ),
  openai: openaiVoice.prefault({}).describe("Speech by OpenAI, or by any service that takes the same requests."),
  elevenlabs: elevenlabsVoice.prefault({}).describe("Speech by ElevenLabs."),
  providers: z
    .record(z.string(), anyVoice.describe("One service; what stands here wins over `tts.openai` and `tts.elevenlabs`."))
    .default({})
    .describe("Voices by the name of their service, as OpenClaw writes them."),
});

/** What differs for one dialled number; deep-merged over `tts`. */
export const lineTts = z
  .looseObject({})
  .exactOptional()
  .describe("Voice for calls to this number: what of `tts` differs.");

export const recording = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe("Records every call on a media stream; the caller is told so first. The law may ask for more."),
  maxMegabytes: z.int().min(1).max(10_000).default(100).describe("The most that one recording may take on disk."),
});
