// A spoken call to be toured: a daemon, a carrier that streams, an emulated recogniser, and a caller with the embedded voice.
import { ulaw } from "../../src/daemon/media/g711.ts";
import type { StoredEvent } from "../../src/call/event.ts";
import type { AnswerTurn, VoiceCall } from "../../src/client/index.ts";
import { startOpenAiEmulator, type EmulatedAudio, type OpenAiEmulator } from "../../src/emulator/index.ts";
import { createHome, eventOf, eventually, freePort, type TestHome } from "../../test/support/daemon.ts";
import { ours, publicUrl } from "../../test/support/line.ts";
import { spoken } from "../../test/support/spoken.ts";
import { type StreamedCall, type StreamingCarrier, streamingLines } from "./streaming-line.ts";

const friend = "+15005550001";
const withinMs = 30_000;

export interface Conversation extends AsyncDisposable {
  home: TestHome;
  voice: VoiceCall;
  call: StreamedCall;
  callId: string;
  openai: OpenAiEmulator;
  /** The caller says this, which is understood as it is or as something else. Settles once it is said. */
  says(text: string, understood?: string): Promise<void>;
  until(fits: (event: StoredEvent) => boolean): Promise<StoredEvent>;
  /** Until we have said all that we had to say. */
  listening(): Promise<void>;
}

/** Somebody calls in, and is answered. */
export async function converse(
  carrier: StreamingCarrier,
  config: Record<string, unknown>,
  answer: AnswerTurn,
): Promise<Conversation> {
  await using made = new AsyncDisposableStack();
  const port = await freePort();
  const openai = made.use(await startOpenAiEmulator());
  const line = made.use(await streamingLines[carrier](port));
  const { apiKey, url: baseUrl } = openai;
  const home = made.use(
    await createHome({
      provider: carrier,
      fromNumber: ours,
      publicUrl,
      serve: { port },
      [carrier]: line.config,
      inboundPolicy: "open",
      streaming: { enabled: true, provider: "openai", providers: { openai: { apiKey, baseUrl } } },
      tts: { provider: "embedded" },
      ...config,
    }),
  );
  const voice = await home.connect();
  const stop = new AbortController();
  const answering = voice.turns.answer(answer, { signal: stop.signal });
  made.defer(async () => {
    stop.abort();
    await answering;
  });
  await eventually(async () => (await voice.system.health()).followers > 0, withinMs);
  const call = line.callIn(friend);
  await eventually(async () => (await voice.calls.list()).length > 0, withinMs);
  const callId = (await voice.calls.list())[0]?.callId ?? "";
  const whole = made.move();
  return {
    home,
    voice,
    call,
    callId,
    openai,
    async says(text, understood = text) {
      const sound = voiceOf(text);
      openai.hearing.say(understood);
      if (!(await call.audio.speak(sound))) throw new Error(`nobody could hear: ${text}`);
    },
    until: (fits) => eventOf(voice, callId, fits, withinMs),
    listening: () => eventually(async () => (await voice.calls.get(callId))?.state === "listening", withinMs),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

const clips = new Map<string, Uint8Array>();

/** Making it takes up to 100 ms, in which the carrier stands still: it is made ahead. */
export function voiceOf(text: string): Uint8Array {
  const known = clips.get(text);
  if (known !== undefined) return known;
  const sound = ulaw.encode(spoken(text));
  clips.set(text, sound);
  return sound;
}

/** How much sound of ours the caller has heard so far. */
export function heardMs(audio: EmulatedAudio): number {
  return audio.hear().reduce((total, { ulaw: codes }) => total + codes.length / 8, 0);
}
