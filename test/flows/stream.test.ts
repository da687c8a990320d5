import { expect, test } from "vitest";
import { eventOf, ended, eventually, logOf } from "../support/daemon.ts";
import { createStreamingHome, spokenUlaw } from "../support/streaming.ts";
import { ours, publicUrl, theirs } from "../support/twilio.ts";

test("a spoken conversation: greeted, understood, answered, and hung up after the farewell", async () => {
  await using home = await createStreamingHome({ inboundGreeting: "Hello, this is the assistant speaking." });
  const voice = await home.connect();
  const stop = new AbortController();
  const answering = voice.turns.answer(
    async (turn) => {
      await turn.say("It is nine o'clock. ");
      turn.endCall();
      return "Goodbye.";
    },
    { signal: stop.signal },
  );
  home.openai.hearing.say("What time is it?");
  const call = home.twilio.inbound({
    from: theirs,
    to: ours,
    voiceUrl: publicUrl,
    statusCallbackUrl: `${publicUrl}?kind=status`,
  });
  await eventually(() => call.audio.hear().length > 0 || Date.now() % 10_000 < 30);
  const [{ callId = "" } = {}] = await voice.calls.list();
  await eventOf(voice, callId, (event) => event.type === "utterance.played").catch(() => 0);
  await call.audio.speak(await spokenUlaw("What time is it?"));
  const end = await ended(voice, callId).catch((e) => e);
  stop.abort();
  await answering;
  const log = await logOf(voice, callId);
  console.log(
    log
      .map(
        ({ type, at, ...rest }) =>
          `${at - log[0].at} ${type} ${JSON.stringify({ ...rest, traits: undefined, limits: undefined, phrases: undefined, seq: undefined, callId: undefined, v: undefined, callSeq: undefined })}`,
      )
      .join("\n"),
  );
  console.log(
    call.audio
      .hear()
      .map((s) => `${s.atMs} ${s.ulaw.length}`)
      .join("\n"),
    JSON.stringify(call.audio.streams),
    call.documents.map((d) => d.xml),
    call.warnings,
    home.openai.hearing.complaints,
  );
  expect(end).toMatchObject({ reason: "hangup-bot" });
});
