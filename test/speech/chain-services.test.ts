import { expect, onTestFinished, test } from "vitest";
import { tts as ttsSection } from "../../src/daemon/config/speech-sections.ts";
import { type Log, systemClock } from "../../src/daemon/deps.ts";
import { createVoice, type Degradation, type Voice } from "../../src/daemon/speech/chain.ts";
import { configuredVoices } from "../../src/daemon/speech/configured-voices.ts";
import {
  type ElevenLabsEmulator,
  type OpenAiEmulator,
  startElevenLabsEmulator,
  startOpenAiEmulator,
  type VoiceFault,
} from "../../src/emulator/index.ts";
import { toneSpeech } from "../../src/emulator/speech/tone-speech.ts";
import { holdsAllOf, listen, never } from "./heard-words.ts";

const sentence = "Your table is booked for seven, under the name of Miller.";

interface Rig {
  eleven: ElevenLabsEmulator;
  vendor: OpenAiEmulator;
  voice: Voice;
  lines: string[];
}

/** ElevenLabs, then OpenAI, then the embedded voice; the services are emulated, everything else is as in the daemon. */
async function rig(model: string, afterwards = onTestFinished): Promise<Rig> {
  const lines: string[] = [];
  const write = (fields: Record<string, unknown>, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { info: write, warn: write, error: write };
  const vendor = await startOpenAiEmulator();
  const eleven = await startElevenLabsEmulator();
  const { voices } = configuredVoices(
    {
      tts: ttsSection.parse({
        openai: { apiKey: vendor.apiKey, baseUrl: vendor.url, model },
        elevenlabs: { apiKey: eleven.apiKey, baseUrl: eleven.url },
      }),
      own: undefined,
    },
    {
      clock: systemClock,
      log,
      embedded: {
        unavailable: undefined,
        hold: () => ({ [Symbol.dispose]: () => undefined }),
        async *synthesise(text) {
          yield toneSpeech(text, 8000);
        },
      },
    },
  );
  const voice = createVoice(voices, { clock: systemClock, log });
  afterwards(async () => {
    await voice[Symbol.asyncDispose]();
    await vendor[Symbol.asyncDispose]();
    await eleven[Symbol.asyncDispose]();
  });
  return { eleven, vendor, voice, lines };
}

const faults: VoiceFault[] = [
  { fault: "refuse", status: 401 },
  { fault: "refuse", status: 429 },
  { fault: "refuse", status: 503 },
  { fault: "error-as-audio", content: "json" },
  { fault: "error-as-audio", content: "html" },
  { fault: "never-answers" },
  { fault: "hang-up" },
  { fault: "empty" },
  { fault: "stall", afterMs: 0 },
  { fault: "stall", afterMs: 700 },
  { fault: "close", afterMs: 700 },
  { fault: "drip", everyMs: 400 },
];

test.concurrent.for(
  faults.flatMap((fault) => ["tts-1", "gpt-realtime-2.1-mini"].map((model) => [fault, model] as const)),
)(
  "both services with %o (OpenAI as %s): every word is heard, and nothing is left open or told",
  async ([fault, model], { expect: expectHere, onTestFinished: afterwards }) => {
    const { eleven, vendor, voice, lines } = await rig(model, afterwards);
    eleven.speaking.faults([fault]);
    vendor.speaking.faults([fault]);
    const degradations: Degradation[] = [];
    const audio = await listen(voice.speak(sentence, never, (degradation) => void degradations.push(degradation)));
    expectHere(holdsAllOf(sentence, audio)).toBe(true);
    expectHere(degradations.map((degradation) => degradation.voice)[0]).toBe("elevenlabs");
    expectHere(voice.problems().length).toBeGreaterThan(0);
    await voice[Symbol.asyncDispose]();
    await expectHere.poll(() => eleven.connections + vendor.connections).toBe(0);
    expectHere(JSON.stringify([lines, degradations, voice.problems()])).not.toMatch(/emulated-0123|Miller|booked/);
  },
);

test("a phrase that was prepared is played though every service is down", async () => {
  const { eleven, vendor, voice } = await rig("tts-1");
  voice.prepare(["One moment, please."]);
  const asked = async (): Promise<number> => {
    const before = eleven.speaking.pieces.length;
    await listen(voice.speak("One moment, please.", never));
    return eleven.speaking.pieces.length - before;
  };
  await expect.poll(asked).toBe(0);
  await eleven[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
  const degradations: Degradation[] = [];
  const told = (degradation: Degradation): void => void degradations.push(degradation);
  expect(holdsAllOf("One moment, please.", await listen(voice.speak("One moment, please.", never, told)))).toBe(true);
  expect(degradations).toEqual([]);
});
