// A carrier whose calls go over media streams: its emulator, in real time, with somebody at the other end who has a voice.
import {
  startPlivoEmulator,
  startTelnyxEmulator,
  startTwilioEmulator,
  type EmulatedAudio,
} from "../../src/emulator/index.ts";
import { ours, publicUrl } from "../../test/support/line.ts";

/** One call as the carrier sees it. */
export interface StreamedCall {
  readonly audio: EmulatedAudio;
  /** What the carrier's own voice said, when our stream was given up. */
  readonly heard: readonly { readonly kind: string; readonly heard: string }[];
  /** The carrier's own recogniser listens. */
  readonly listening: boolean;
  /** What the carrier did not like. */
  readonly warnings: readonly string[];
}

export interface StreamingLine extends AsyncDisposable {
  /** The carrier's section of the configuration. */
  readonly config: Record<string, unknown>;
  callIn(from: string): StreamedCall;
  /** To the carrier's own recogniser; false when it does not listen. */
  say(call: StreamedCall, text: string): boolean;
}

export const streamingLines = { twilio: startTwilio, telnyx: startTelnyx, plivo: startPlivo };
export type StreamingCarrier = keyof typeof streamingLines;

const settings = (port: number) => ({
  routes: [{ public: new URL(publicUrl).origin, target: `http://127.0.0.1:${port}` }],
  scale: 1,
  seed: "tour",
});

async function startTwilio(port: number): Promise<StreamingLine> {
  const twilio = await startTwilioEmulator(settings(port));
  const { accountSid, authToken, url } = twilio;
  const statusCallbackUrl = `${publicUrl}?kind=status`;
  return {
    config: { accountSid, authToken, baseUrl: url },
    callIn: (from) => twilio.inbound({ from, to: ours, voiceUrl: publicUrl, statusCallbackUrl }),
    say: (call, text) => twilio.say(twilio.calls.find((one) => one === call)?.sid ?? "", text),
    [Symbol.asyncDispose]: () => twilio[Symbol.asyncDispose](),
  };
}

async function startTelnyx(port: number): Promise<StreamingLine> {
  const telnyx = await startTelnyxEmulator({ ...settings(port), webhookUrl: publicUrl });
  const { apiKey, connectionId, publicKey, url } = telnyx;
  return {
    config: { apiKey, connectionId, publicKey, baseUrl: url },
    callIn: (from) => telnyx.inbound({ from, to: ours }),
    say: (call, text) => telnyx.say(telnyx.calls.find((one) => one === call)?.callControlId ?? "", text),
    [Symbol.asyncDispose]: () => telnyx[Symbol.asyncDispose](),
  };
}

async function startPlivo(port: number): Promise<StreamingLine> {
  const plivo = await startPlivoEmulator(settings(port));
  const { authId, authToken, url } = plivo;
  return {
    config: { authId, authToken, baseUrl: url },
    callIn: (from) => plivo.inbound({ from, to: ours, answerUrl: publicUrl, hangupUrl: publicUrl }),
    say: (call, text) => plivo.say(plivo.calls.find((one) => one === call)?.callUuid ?? "", text),
    [Symbol.asyncDispose]: () => plivo[Symbol.asyncDispose](),
  };
}
