// A daemon on the mock carrier whose callers are answered by the agents of a fake host.
import type { StoredEvent, VoiceCall } from "../../../src/client/index.ts";
import { answerCallers } from "../../../src/plugin/agent/index.ts";
import { FakeHost, FakeLog, type FakeModel } from "./fake-host.ts";
import { createHome, eventOf, eventually, type TestHome } from "../../support/daemon.ts";

const mock = { provider: "mock", mock: { ringMs: 10, pace: 0.02, replyDelayMs: 10 }, inboundPolicy: "open" };
export const apology = "Sorry, once more?";
export const caller = "+15555550111";

export interface Desk extends AsyncDisposable {
  home: TestHome;
  voice: VoiceCall;
  host: FakeHost;
  log: FakeLog;
  /** Ends the answering, as a reload of the plugin does. */
  stop(): Promise<void>;
  /** Begins it (again). */
  answer(): void;
}

/** A daemon on the mock carrier with a Gateway's agents at the other end. */
export async function desk(model: FakeModel, config: Record<string, unknown> = {}): Promise<Desk> {
  const home = await createHome({ ...mock, phrases: { apology }, maxConcurrentCalls: 5, ...config });
  const voice = await home.connect();
  const host = new FakeHost(model);
  const log = new FakeLog();
  let stop = new AbortController();
  let answering: Promise<void> = Promise.resolve();
  const opened: Desk = {
    home,
    voice,
    host,
    log,
    answer() {
      stop = new AbortController();
      answering = answerCallers({
        host,
        voice,
        config: () => ({}),
        log,
        signal: stop.signal,
        loadSdk: () => Promise.resolve(host.sdk),
      });
    },
    async stop() {
      stop.abort();
      await answering;
    },
    async [Symbol.asyncDispose]() {
      await opened.stop();
      await home[Symbol.asyncDispose]();
    },
  };
  opened.answer();
  await eventually(async () => (await voice.system.health()).followers > 0);
  return opened;
}

export async function said(voice: VoiceCall, callId: string, speaker = "bot"): Promise<string[]> {
  const call = await voice.calls.get(callId);
  return call?.transcript.filter((line) => line.speaker === speaker).map(({ text }) => text) ?? [];
}

export function settled(voice: VoiceCall, callId: string, outcome: string, nth = 1): Promise<StoredEvent> {
  let seen = 0;
  return eventOf(
    voice,
    callId,
    (event) => event.type === "turn.settled" && event.outcome === outcome && ++seen === nth,
  );
}

export function listening(voice: VoiceCall, callId: string): Promise<void> {
  return eventually(async () => (await voice.calls.get(callId))?.state === "listening");
}
