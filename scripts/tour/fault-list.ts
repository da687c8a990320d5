// Every way in which a speech service may fail a call, each at an emulated service of its own.
import {
  startDeepgramEmulator,
  startElevenLabsEmulator,
  startOpenAiEmulator,
  type ConnectionFault,
  type FinalFault,
  type HearingFaults,
  type VoiceFault,
} from "../../src/emulator/index.ts";

/** What the caller always says, whoever hears it. */
export const question = "What time is it?";

/** A service that has begun to fail, or will at `strike`. */
export interface FailingService extends AsyncDisposable {
  /** Over the configuration of a healthy call. */
  readonly config: Readonly<Record<string, unknown>>;
  /** From now on it fails: the call is up, and the greeting was heard. */
  strike(): void;
}

export interface ServiceFault {
  readonly name: string;
  open(): Promise<FailingService>;
}

const voiceFaults: Readonly<Record<string, VoiceFault>> = {
  "refuses the key (401)": { fault: "refuse", status: 401 },
  "has no more for us (429)": { fault: "refuse", status: 429 },
  "is broken (500)": { fault: "refuse", status: 500 },
  "never answers": { fault: "never-answers" },
  "stalls before its first sound": { fault: "stall", afterMs: 0 },
  "stalls in the middle": { fault: "stall", afterMs: 700 },
  "sends an error as audio": { fault: "error-as-audio", content: "json" },
  "hangs up": { fault: "hang-up" },
  "closes in the middle": { fault: "close", afterMs: 700 },
  drips: { fault: "drip", everyMs: 200 },
  "says nothing": { fault: "empty" },
};

const connectionFaults: Readonly<Record<string, ConnectionFault>> = {
  "refuses the key (401)": { fault: "refuse", status: 401 },
  "has no more for us (429)": { fault: "refuse", status: 429 },
  "never lets us in": { fault: "hang" },
  "is mute": { fault: "mute" },
  "is deaf": { fault: "deaf" },
  "closes in the middle": { fault: "close", afterAudioMs: 4000, code: 1011 },
  "takes no more audio": { fault: "stall", afterAudioMs: 3000 },
  "ends its sessions": { fault: "expire", afterMs: 4000 },
};

const finalFaults: Readonly<Record<string, FinalFault>> = {
  "is late": { fault: "late", ms: 4000 },
  "leaves the words out": { fault: "missing", times: 1 },
  "says it twice": { fault: "duplicate" },
  "says it in the wrong order": { fault: "swap", times: 1 },
  "fails a turn": { fault: "failed", times: 1 },
};

const hearing = { understand: () => question };

const voices: Readonly<Record<string, (fault: VoiceFault) => Promise<FailingService>>> = {
  "OpenAI's speech": async (fault) => openAiVoice("gpt-4o-mini-tts", fault),
  "OpenAI's reader": async (fault) => openAiVoice("gpt-realtime-2.1-mini", fault),
  async ElevenLabs(fault) {
    const service = await startElevenLabsEmulator();
    const { apiKey, url: baseUrl } = service;
    const config = { tts: { provider: "elevenlabs", elevenlabs: { apiKey, baseUrl } } };
    return {
      config,
      strike: () => service.speaking.faults([fault]),
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    };
  },
};

async function openAiVoice(model: string, fault: VoiceFault): Promise<FailingService> {
  const service = await startOpenAiEmulator();
  const { apiKey, url: baseUrl } = service;
  const config = { tts: { provider: "openai", openai: { apiKey, baseUrl, model } } };
  return {
    config,
    strike: () => service.speaking.faults([fault]),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

interface EarService extends AsyncDisposable {
  readonly apiKey: string;
  readonly url: string;
}

const ears: Readonly<Record<string, (faults: HearingFaults) => Promise<FailingService>>> = {
  async OpenAI(faults) {
    const service = await startOpenAiEmulator({ hearing });
    service.hearing.faults(faults);
    return listening(service, "openai");
  },
  async "Deepgram Flux"(faults) {
    const service = await startDeepgramEmulator({ hearing });
    service.flux.faults(faults);
    return listening(service, "deepgram");
  },
  async "Deepgram Nova"(faults) {
    const service = await startDeepgramEmulator({ hearing });
    service.nova.faults(faults);
    return listening(service, "deepgram", { model: "nova-3" });
  },
  async Scribe(faults) {
    const service = await startElevenLabsEmulator({ hearing });
    service.hearing.faults(faults);
    return listening(service, "elevenlabs");
  },
};

function listening(
  service: EarService,
  provider: string,
  more: Readonly<Record<string, unknown>> = {},
): FailingService {
  const { apiKey, url: baseUrl } = service;
  return {
    config: { streaming: { provider, providers: { [provider]: { apiKey, baseUrl, ...more } } } },
    strike: () => undefined,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

const faultsOfEars: Readonly<Record<string, HearingFaults>> = {
  ...Object.fromEntries(Object.entries(connectionFaults).map(([name, fault]) => [name, { connections: [fault] }])),
  ...Object.fromEntries(Object.entries(finalFaults).map(([name, fault]) => [name, { finals: [fault] }])),
};

export const serviceFaults: readonly ServiceFault[] = [
  ...Object.entries(voices).flatMap(([service, open]) =>
    Object.entries(voiceFaults).map(([name, fault]) => ({
      name: `the voice of ${service} ${name}`,
      open: () => open(fault),
    })),
  ),
  ...Object.entries(ears).flatMap(([service, open]) =>
    Object.entries(faultsOfEars).map(([name, fault]) => ({
      name: `the recogniser of ${service} ${name}`,
      open: () => open(fault),
    })),
  ),
];
