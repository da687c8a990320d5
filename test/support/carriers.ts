// The carriers of the contract suite, each with a daemon at home that is configured for it.
import type { VoiceCall } from "../../src/client/index.ts";
import { createHome, eventually, freePort, type TestHome } from "./daemon.ts";
import { emulatorLines } from "./emulator-lines.ts";
import { ours, publicUrl, type Line, type WebhookLine } from "./line.ts";
import { createMockLine, quickMock } from "./mock-line.ts";

export type WebhookCarrierName = keyof typeof emulatorLines;

export interface CarrierHome<L extends Line = Line> extends TestHome {
  line: L;
  /** Says something as soon as it is listened to. */
  say(id: string, text: string): Promise<void>;
  /** Waits until this was said to the other party and heard. */
  heard(id: string, text: string): Promise<void>;
}

export async function createWebhookHome(
  name: WebhookCarrierName,
  config: Record<string, unknown> = {},
): Promise<CarrierHome<WebhookLine>> {
  const port = await freePort();
  const line = await emulatorLines[name](port);
  const own = { provider: name, publicUrl, serve: { port }, [name]: line.config };
  return withLine(await createHome({ ...shared, ...own, ...config }), line);
}

export async function createCarrierHome(
  name: WebhookCarrierName | "mock",
  config: Record<string, unknown> = {},
): Promise<CarrierHome> {
  if (name !== "mock") return createWebhookHome(name, config);
  const all = { ...shared, provider: name, mock: quickMock, ...config };
  const home = await createHome(all);
  return withLine(home, createMockLine(home, all));
}

const shared = { fromNumber: ours, silenceTimeoutMs: 500 };

function withLine<L extends Line>(home: TestHome, line: L): CarrierHome<L> {
  return {
    ...home,
    line,
    async say(id, text) {
      await eventually(async () => (await line.call(id)).listening);
      if (!(await line.say(id, text))) throw new Error(`nobody listened to: ${text}`);
    },
    heard: (id, text) => eventually(async () => (await line.call(id)).heard.includes(text)),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await line[Symbol.asyncDispose]();
    },
  };
}

/** Waits until all that was to be said has been heard. */
export function quiet(voice: VoiceCall, callId: string): Promise<void> {
  return eventually(async () => (await voice.calls.get(callId))?.state === "listening");
}
