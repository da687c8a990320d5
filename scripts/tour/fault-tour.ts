// The tour of speech services that fail: for each of them a call, and how long its caller heard nothing.
import type { AnswerTurn, VoiceCall } from "../../src/client/index.ts";
import { createHome, eventually, freePort, type TestHome } from "../../test/support/daemon.ts";
import { ours, publicUrl } from "../../test/support/line.ts";
import { startOpenAiEmulator, type OpenAiEmulator } from "../../src/emulator/index.ts";
import { Caller } from "./caller.ts";
import { voiceOf } from "./conversation.ts";
import { question, serviceFaults, type ServiceFault } from "./fault-list.ts";
import { tell } from "./step.ts";
import { type StreamingCarrier, type StreamingLine, streamingLines } from "./streaming-line.ts";

const longestSilenceMs = 3000;
const mostAtOnce = 8;
const mostQuestions = 3;
const filler = "One moment, please.";
const opening = "Hello, what can I do for you?";
const reply = ["It is nine o'clock in the morning. ", "The sun is shining, and there are no clouds. ", "That is all."];

interface Stage {
  home: TestHome;
  voice: VoiceCall;
  line: StreamingLine;
  /** Calls the line, one after the other: each has the configuration of its own. */
  begin(fault: ServiceFault): Promise<Trial>;
}

interface Trial extends AsyncDisposable {
  callId: string;
  caller: Caller;
  strike(): void;
}

interface Outcome {
  silenceMs: number;
  /** What did not happen. */
  missing: string | undefined;
}

const answer: AnswerTurn = async (turn) => {
  for (const sentence of reply) await turn.say(sentence);
  return "";
};

/** @param only a part of the faults' names; empty: all of them */
export async function faultTour(carrier: StreamingCarrier, only: string): Promise<number> {
  const faults = serviceFaults.filter(({ name }) => name.includes(only));
  if (faults.length === 0) throw new TypeError(`no fault has "${only}" in its name`);
  tell(`Calls on ${carrier}'s emulator, in real time, whose speech services fail in ${faults.length} ways.`);
  tell(`The longest time in which the caller heard nothing although something should have been said:\n`);
  await using stack = new AsyncDisposableStack();
  const stage = await open(carrier, stack);
  const queue = [...faults];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
      const { silenceMs, missing } = await endured(stage, fault);
      const holds = missing === undefined && silenceMs <= longestSilenceMs;
      if (!holds) failed += 1;
      tell(
        `   ${holds ? "✓" : "✗"} ${String(silenceMs).padStart(5)} ms  ${fault.name}${missing === undefined ? "" : `: ${missing}`}`,
      );
    }
  };
  await Promise.all(Array.from({ length: mostAtOnce }, work));
  tell(failed === 0 ? "\nAll of it happened." : `\n${failed} of ${faults.length} did not happen.`);
  return failed;
}

async function open(carrier: StreamingCarrier, stack: AsyncDisposableStack): Promise<Stage> {
  const port = await freePort();
  const healthy = stack.use(await startOpenAiEmulator({ hearing: { understand: () => question } }));
  const line = stack.use(await streamingLines[carrier](port));
  const base = { ...settings(healthy), provider: carrier, serve: { port }, [carrier]: line.config };
  const home = stack.use(await createHome(base));
  const voice = await home.connect();
  const stop = new AbortController();
  const answering = voice.turns.answer(answer, { signal: stop.signal });
  stack.defer(async () => {
    stop.abort();
    await answering;
  });
  await eventually(async () => (await voice.system.health()).followers > 0, 30_000);
  let before: Promise<unknown> = Promise.resolve();
  let calls = 0;
  return {
    home,
    voice,
    line,
    begin(fault) {
      const begun = before.then(() => begin({ home, voice, line }, { fault, base, from: `+1500555${1000 + calls++}` }));
      before = begun.catch(() => undefined);
      return begun;
    },
  };
}

function settings({ apiKey, url: baseUrl }: OpenAiEmulator): Record<string, unknown> {
  return {
    fromNumber: ours,
    publicUrl,
    inboundPolicy: "open",
    inboundGreeting: opening,
    phrases: { filler },
    maxConcurrentCalls: 2 * mostAtOnce,
    streaming: {
      enabled: true,
      maxPendingConnectionsPerIp: 32,
      provider: "openai",
      providers: { openai: { apiKey, baseUrl } },
    },
    tts: { provider: "embedded" },
  };
}

async function begin(
  { home, voice, line }: Omit<Stage, "begin">,
  { fault, base, from }: { fault: ServiceFault; base: Record<string, unknown>; from: string },
): Promise<Trial> {
  const service = await fault.open();
  const { streaming, ...config } = service.config;
  await home.configure({
    ...base,
    ...config,
    ...(streaming !== undefined && { streaming: { ...record(base["streaming"]), ...record(streaming) } }),
  });
  await voice.system.reload();
  const call = line.callIn(from);
  const caller = new Caller(call, line);
  await eventually(async () => (await voice.calls.list()).some((one) => one.from === from), 30_000);
  const callId = (await voice.calls.list()).find((one) => one.from === from)?.callId ?? "";
  return {
    callId,
    caller,
    strike: () => service.strike(),
    async [Symbol.asyncDispose]() {
      caller[Symbol.dispose]();
      await voice.calls.hangUp(callId).catch(() => undefined);
      await eventually(async () => (await voice.calls.get(callId))?.endedAt !== undefined, 30_000).catch(
        () => undefined,
      );
      await service[Symbol.asyncDispose]();
    },
  };
}

/** One call from its greeting to a reply that was heard to its end. */
async function endured(stage: Stage, fault: ServiceFault): Promise<Outcome> {
  await using trial = await stage.begin(fault);
  const { caller, callId, strike } = trial;
  const { voice } = stage;
  const isDone = async (): Promise<boolean> => {
    const view = await voice.calls.get(callId);
    // Who is asked for a moment waits on.
    return view?.state === "listening" && view.transcript.at(-1)?.text !== filler;
  };
  try {
    await caller.hearsUs(isDone);
    strike();
    for (let n = 0; n < mostQuestions && !(await isAnswered(voice, callId)); n++) {
      await caller.says(question, voiceOf(question));
      await caller.hearsUs(isDone);
    }
    const missing = (await isAnswered(voice, callId)) ? undefined : "the question was never answered";
    return { silenceMs: caller.longestSilenceMs, missing };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { silenceMs: caller.longestSilenceMs, missing: what };
  }
}

async function isAnswered(voice: VoiceCall, callId: string): Promise<boolean> {
  const lines = (await voice.calls.get(callId))?.transcript ?? [];
  return lines.some(({ text }) => text === "That is all.");
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
