// Live audio on each carrier that dials us: words over its media socket, keys, a broken socket, and a door that keeps others out.
import { expect, test } from "vitest";
import {
  startOpenAiEmulator,
  startPlivoEmulator,
  startTelnyxEmulator,
  startTwilioEmulator,
  type EmulatedAudio,
  type MediaFault,
} from "../../src/emulator/index.ts";
import { createHome, eventOf, eventually, freePort, logOf, type TestHome } from "../support/daemon.ts";
import { ours, publicUrl, theirs } from "../support/line.ts";

interface StreamingLine extends AsyncDisposable {
  config: Record<string, unknown>;
  call(): { audio: EmulatedAudio; digits: string } | undefined;
  press(digits: string): void;
  faults(media: MediaFault[]): void;
}

type Routes = { public: string; target: string }[];

const lines: Record<string, (routes: Routes) => Promise<StreamingLine>> = {
  async twilio(routes) {
    const twilio = await startTwilioEmulator({ routes });
    const { accountSid, authToken, url } = twilio;
    return {
      config: { accountSid, authToken, baseUrl: url },
      call: () => twilio.calls[0],
      press: (digits) => void twilio.press(twilio.calls[0]?.sid ?? "", digits),
      faults: (media) => twilio.faults({ media }),
      [Symbol.asyncDispose]: () => twilio[Symbol.asyncDispose](),
    };
  },
  async telnyx(routes) {
    const telnyx = await startTelnyxEmulator({ routes, webhookUrl: publicUrl, streamEncoding: "PCMA" });
    const { apiKey, connectionId, publicKey, url } = telnyx;
    return {
      config: { apiKey, connectionId, publicKey, baseUrl: url },
      call: () => telnyx.calls[0],
      press: (digits) => void telnyx.press(telnyx.calls[0]?.callControlId ?? "", digits),
      faults: (media) => telnyx.faults({ media }),
      [Symbol.asyncDispose]: () => telnyx[Symbol.asyncDispose](),
    };
  },
  async plivo(routes) {
    const plivo = await startPlivoEmulator({ routes });
    const { authId, authToken, url } = plivo;
    return {
      config: { authId, authToken, baseUrl: url },
      call: () => plivo.calls[0],
      press: (digits) => void plivo.press(plivo.calls[0]?.callUuid ?? "", digits),
      faults: (media) => plivo.faults({ media }),
      [Symbol.asyncDispose]: () => plivo[Symbol.asyncDispose](),
    };
  },
};

interface Streaming extends AsyncDisposable {
  line: StreamingLine;
  home: TestHome;
  audio(): EmulatedAudio;
}

async function streaming(provider: string, media: MediaFault[] = []): Promise<Streaming> {
  const port = await freePort();
  const openLine = lines[provider];
  if (openLine === undefined) throw new Error(`no line of ${provider}`);
  const line = await openLine([{ public: new URL(publicUrl).origin, target: `http://127.0.0.1:${port}` }]);
  line.faults(media);
  const openai = await startOpenAiEmulator();
  const { url: baseUrl, apiKey } = openai;
  const home = await createHome({
    provider,
    fromNumber: ours,
    publicUrl,
    serve: { port },
    maxDurationSeconds: 3600,
    [provider]: line.config,
    streaming: { enabled: true, provider: "openai", providers: { openai: { apiKey, baseUrl } } },
  });
  return {
    line,
    home,
    audio() {
      const call = line.call();
      if (call === undefined) throw new Error("no call");
      return call.audio;
    },
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await line[Symbol.asyncDispose]();
      await openai[Symbol.asyncDispose]();
    },
  };
}

const carriers = Object.keys(lines);
const heardMs = (audio: EmulatedAudio): number => audio.hear().reduce((total, { ulaw }) => total + ulaw.length / 8, 0);

test.for(carriers)(
  "%s: words are heard over the stream, keys go both ways, and the stream outlives them",
  async (provider) => {
    await using call = await streaming(provider, [{ fault: "reorder", every: 7, by: 1 }]);
    const voice = await call.home.connect();
    const { callId } = await voice.calls.place({ to: theirs, message: "Good morning.", mode: "conversation" });
    const played = await eventOf(voice, callId, (event) => event.type === "utterance.played");
    expect(played).toMatchObject({ proof: "carrier" });
    expect(heardMs(call.audio())).toBeGreaterThan(300);
    call.line.press("5");
    await eventOf(voice, callId, (event) => event.type === "caller.pressed" && event.digits === "5");
    await voice.calls.sendDigits({ callId, digits: "12#" });
    await eventually(() => call.line.call()?.digits === "12#");
    await eventually(() => call.audio().streaming);
    const before = heardMs(call.audio());
    await voice.calls.say({ callId, message: "And once more." });
    await eventually(() => heardMs(call.audio()) > before + 300);
    const pressed = (await logOf(voice, callId)).filter(({ type }) => type === "caller.pressed");
    expect(pressed).toHaveLength(1);
  },
);

test.for(carriers)("%s: after a socket that breaks, a new stream takes the call up again", async (provider) => {
  await using call = await streaming(provider, [{ fault: "drop", afterMs: 200, times: 1 }]);
  const voice = await call.home.connect();
  const { callId } = await voice.calls.place({
    to: theirs,
    message: "A sentence that takes a little while.",
    mode: "conversation",
  });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  expect(call.audio().streams.map(({ state }) => state)).toEqual(["over", "started"]);
});

test.for(carriers)("%s: a second socket with a token that was used is kept out", async (provider) => {
  await using call = await streaming(provider, [{ fault: "second-socket", afterMs: 50 }]);
  const voice = await call.home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Good morning.", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  await eventually(() => call.audio().streams[1]?.state === "over");
  expect(call.audio().streams).toMatchObject([{ state: "started" }, { foreign: true, refusedWith: 401 }]);
});

test.for(carriers)(
  "%s: a stream of another leg hears nothing of the call, which is spoken to all the same",
  async (provider) => {
    await using call = await streaming(provider, [{ fault: "wrong-call", times: 1 }]);
    const voice = await call.home.connect();
    const { callId } = await voice.calls.place({ to: theirs, message: "Good morning.", mode: "conversation" });
    await eventOf(voice, callId, (event) => event.type === "utterance.played");
    const [stranger] = call.audio().streams;
    expect(stranger).toMatchObject({ state: "over", closeCode: 1008, received: { audio: 0 } });
  },
);

test.for(carriers)("%s: a socket that cannot be opened at first is dialled again", async (provider) => {
  await using call = await streaming(provider, [{ fault: "never-connect", times: 1 }]);
  const voice = await call.home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Good morning.", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  expect(call.audio().streams).toMatchObject([{ state: "over" }, { state: "started" }]);
});
