// Somebody calls on Twilio, whose emulator signs its webhooks and plays the caller; the agent answers.
import { strict as assert } from "node:assert";
import { startTwilioEmulator, type EmulatedCall, type TwilioEmulator } from "../../../src/emulator/index.ts";
import { eventually, freePort } from "../../support/daemon.ts";
import { ours, publicUrl, theirs } from "../../support/line.ts";
import type { Chapter } from "../harness/chapter.ts";
import type { ModelRequest } from "../harness/fake-model.ts";
import type { Json } from "../harness/host-home.ts";
import { gate, givenUp, type Stage } from "../harness/stage.ts";

export interface TwilioLine extends AsyncDisposable {
  readonly twilio: TwilioEmulator;
  readonly port: number;
  /** The plugin's section for this line. */
  readonly config: Json;
  callIn(): EmulatedCall;
}

export async function openTwilioLine(): Promise<TwilioLine> {
  const port = await freePort();
  const routes = [{ public: new URL(publicUrl).origin, target: `http://127.0.0.1:${port}` }];
  const twilio = await startTwilioEmulator({ routes, scale: 0.05 });
  const { accountSid, authToken, url } = twilio;
  return {
    twilio,
    port,
    config: {
      provider: "twilio",
      fromNumber: ours,
      publicUrl,
      serve: { port },
      twilio: { accountSid, authToken, baseUrl: url },
      inboundPolicy: "open",
      inboundGreeting: "Welcome.",
      maxConcurrentCalls: 20,
      maxDurationSeconds: 3600,
      // The first turn of a Gateway takes seconds, on a busy machine many.
      responseTimeoutMs: 120_000,
      unattendedAfterMs: 120_000,
    },
    callIn: () =>
      twilio.inbound({
        from: theirs,
        to: ours,
        voiceUrl: publicUrl,
        statusCallbackUrl: `${publicUrl}?kind=status`,
      }),
    [Symbol.asyncDispose]: () => twilio[Symbol.asyncDispose](),
  };
}

export async function twilioCallers({ does }: Chapter, stage: Stage, line: TwilioLine): Promise<void> {
  await does("a caller on Twilio is answered sentence by sentence, while the model still writes", async () => {
    const more = gate();
    stage.model.on("TWILIO STREAM", async function* () {
      yield { say: "The first part. And" };
      await more.opened;
      yield { say: " the second part." };
    });
    const call = line.callIn();
    await hears(call, "Welcome.");
    await speak(line, call, "TWILIO STREAM please");
    await hears(call, "The first part.");
    assert.equal(heard(call).includes("the second part"), false);
    more.open();
    await hears(call, "And the second part.");
    await endsCall(line, call);
  });
  await does("a second turn on Twilio remembers the first one", async () => {
    stage.model.on("TWILIO MEMORY", async function* ({ userTexts }: ModelRequest) {
      yield { say: `You said ${userTexts.filter((text) => text.includes("TWILIO MEMORY")).length} things.` };
    });
    const call = line.callIn();
    await hears(call, "Welcome.");
    await speak(line, call, "TWILIO MEMORY one");
    await hears(call, "You said 1 things.");
    await speak(line, call, "TWILIO MEMORY two");
    await hears(call, "You said 2 things.");
    await endsCall(line, call);
  });
  await does("a caller on Twilio who speaks over the reply is listened to", async () => {
    stage.model.on("TWILIO LONG", async function* () {
      // In the last sentence: until then Twilio is not told to listen.
      yield { say: `Well then. Let me tell you all about it${", and more".repeat(60)}, THE END.` };
    });
    stage.model.on("TWILIO STOP", async function* () {
      yield { say: "Stopped." };
    });
    const call = line.callIn();
    await hears(call, "Welcome.");
    await speak(line, call, "TWILIO LONG please");
    await eventually(() => call.documents.some(({ xml }) => xml.includes("Let me tell you")), 90_000);
    await speak(line, call, "TWILIO STOP");
    await hears(call, "Stopped.");
    const cut = call.heard.filter(({ complete }) => !complete);
    assert.equal(cut.length, 1, JSON.stringify(call.heard));
    assert.equal(heard(call).includes("THE END"), false);
    await endsCall(line, call);
  });
  await does("a caller on Twilio who hangs up aborts the agent's work", async () => {
    const aborted = gate();
    stage.model.on("TWILIO LEAVING", async function* ({ signal }: ModelRequest) {
      yield { say: "Wait a moment. I" };
      await givenUp(signal);
      aborted.open();
    });
    const call = line.callIn();
    await hears(call, "Welcome.");
    await speak(line, call, "TWILIO LEAVING now");
    await hears(call, "Wait a moment.");
    line.twilio.hangUp(call.sid);
    await aborted.opened;
  });
}

function heard({ heard: entries }: EmulatedCall): string {
  return entries
    .filter(({ kind }) => kind === "say")
    .map(({ heard: words }) => words)
    .join(" ");
}

async function hears(call: EmulatedCall, words: string, withinMs = 90_000): Promise<void> {
  await eventually(() => heard(call).includes(words), withinMs).catch(() => {
    throw new Error(`never heard "${words}"; heard: ${heard(call)}; ${call.warnings.join(" ")}`);
  });
}

async function speak({ twilio }: TwilioLine, call: EmulatedCall, words: string): Promise<void> {
  await eventually(() => call.listening && twilio.say(call.sid, words), 90_000);
}

async function endsCall({ twilio }: TwilioLine, call: EmulatedCall): Promise<void> {
  twilio.hangUp(call.sid);
  await eventually(() => call.endedAt !== null);
}
