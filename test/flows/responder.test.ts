import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { VoiceCall } from "../../src/client/index.ts";
import { createHome, ended, eventOf, eventually, logOf } from "../support/daemon.ts";
import { createTwilioHome, ours, publicUrl, theirs } from "../support/twilio.ts";

const mock = { provider: "mock", mock: { ringMs: 10, pace: 0.02, replyDelayMs: 10 }, inboundPolicy: "open" };
const caller = "+15555550111";

/** Waits until all that was to be said has been heard. */
function quiet(voice: VoiceCall, callId: string): Promise<void> {
  return eventually(async () => (await voice.calls.get(callId))?.state === "listening");
}

test("a caller on the mock is answered sentence by sentence, and the farewell is heard before the hang-up", async () => {
  await using home = await createHome({ ...mock, inboundGreeting: "Welcome" });
  const voice = await home.connect();
  const offered: unknown[] = [];
  const stop = new AbortController();
  const answering = voice.turns.answer(
    async (turn) => {
      offered.push({
        text: turn.text,
        number: turn.caller.number,
        assurance: turn.caller.assurance,
        session: turn.sessionKey,
      });
      if (turn.text === "Bye") turn.endCall();
      else await turn.say("It is nine. In the ev");
      return turn.text === "Bye" ? "Goodbye." : "ening.";
    },
    { signal: stop.signal },
  );
  const { callId } = await voice.mock.inbound({ from: caller, say: "What time is it?" });
  await eventOf(voice, callId, (event) => event.type === "turn.settled" && event.outcome === "answered");
  await quiet(voice, callId);
  await voice.mock.say(callId, "Bye");
  expect(await ended(voice, callId)).toMatchObject({ reason: "hangup-bot" });
  stop.abort();
  await answering;
  expect(offered).toEqual([
    { text: "What time is it?", number: caller, assurance: "low", session: "agent:main:voice:15555550111" },
    { text: "Bye", number: caller, assurance: "low", session: "agent:main:voice:15555550111" },
  ]);
  const said = (await voice.calls.get(callId))?.transcript
    .filter(({ speaker }) => speaker === "bot")
    .map(({ text }) => text);
  expect(said).toEqual(["Welcome", "It is nine.", "In the evening.", "Goodbye."]);
});

test("of two responders each turn has one; one that goes away leaves its turn to the other", async () => {
  await using home = await createHome(mock);
  const voice = await home.connect();
  const leaving = new AbortController();
  const claims: string[] = [];
  const never = voice.turns.answer(
    async (turn) => {
      claims.push("first");
      leaving.abort();
      await new Promise((resolve) => turn.signal.addEventListener("abort", resolve));
    },
    { signal: leaving.signal },
  );
  await eventually(async () => (await voice.system.health()).followers > 0);
  const { callId } = await voice.mock.inbound({ from: caller, say: "Hello?" });
  await never;
  const stop = new AbortController();
  const second = voice.turns.answer(async () => (claims.push("second"), "Here I am."), { signal: stop.signal });
  await eventOf(voice, callId, (event) => event.type === "turn.settled" && event.outcome === "answered");
  stop.abort();
  await second;
  expect(claims).toEqual(["first", "second"]);
  expect((await logOf(voice, callId)).filter(({ type }) => type === "turn.released")).toHaveLength(1);
});

test("without any responder the caller hears so, and the call ends politely", async () => {
  await using home = await createHome({ ...mock, unattendedAfterMs: 50, phrases: { unattended: "Nobody is here." } });
  const voice = await home.connect();
  const { callId } = await voice.mock.inbound({ from: caller, say: "Hello?" });
  expect(await ended(voice, callId)).toMatchObject({ reason: "completed" });
  expect((await voice.calls.get(callId))?.transcript.at(-1)).toMatchObject({ speaker: "bot", text: "Nobody is here." });
});

test("a reply that is late or fails is an audible apology, and the call goes on", async () => {
  await using home = await createHome({ ...mock, responseTimeoutMs: 1000, phrases: { apology: "Sorry, once more?" } });
  const voice = await home.connect();
  const stop = new AbortController();
  const answering = voice.turns.answer(
    async (turn) => {
      if (turn.text === "Fail") throw new Error("no model");
      if (turn.text === "Wait") await sleep(60_000, undefined, { signal: turn.signal });
      return "Fine.";
    },
    { signal: stop.signal },
  );
  const { callId } = await voice.mock.inbound({ from: caller, say: "Fail" });
  await eventOf(voice, callId, (event) => event.type === "turn.settled" && event.outcome === "failed");
  await quiet(voice, callId);
  await voice.mock.say(callId, "Wait");
  await eventOf(voice, callId, (event) => event.type === "turn.settled" && event.outcome === "late");
  await quiet(voice, callId);
  await voice.mock.say(callId, "Go on");
  await eventOf(voice, callId, (event) => event.type === "turn.settled" && event.outcome === "answered");
  stop.abort();
  await answering;
  const bot = (await voice.calls.get(callId))?.transcript
    .filter(({ speaker }) => speaker === "bot")
    .map(({ text }) => text);
  expect(bot?.filter((text) => text === "Sorry, once more?").length).toBeGreaterThanOrEqual(2);
});

test("an inbound conversation of three turns on Twilio, over a killed daemon", async () => {
  await using home = await createTwilioHome({ inboundPolicy: "open", inboundGreeting: "Welcome" });
  const voice = await home.connect();
  const stop = new AbortController();
  const answering = voice.turns.answer(async (turn) => `You said ${turn.text}. What else?`, { signal: stop.signal });
  await eventually(async () => (await voice.system.health()).followers > 0);
  const replies: Record<string, string> = { Welcome: "one", "You said one": "two", "You said two": "three" };
  const call = home.twilio.inbound({
    from: theirs,
    to: ours,
    voiceUrl: publicUrl,
    caller: { reply: (heard) => Object.entries(replies).find(([said]) => heard.includes(said))?.[1] ?? null },
  });
  await eventually(() => call.heard.some(({ text }) => text.includes("You said one")));
  await home.kill();
  await home.connect();
  await eventually(() => call.heard.some(({ text }) => text.includes("You said three")));
  stop.abort();
  await answering;
  home.twilio.hangUp(call.sid);
  expect(call.heard.filter(({ text }) => text.includes("You said two"))).toHaveLength(1);
});

test("an unknown caller hears a code under pairing, and is let in once the owner confirmed it", async () => {
  await using home = await createHome({
    ...mock,
    inboundPolicy: "pairing",
    phrases: { pairing: "Your code is {code}." },
  });
  const voice = await home.connect();
  const first = await voice.mock.inbound({ from: caller });
  await ended(voice, first.callId);
  const heard = (await voice.calls.get(first.callId))?.transcript[0]?.text ?? "";
  const [pending] = await voice.pairing.list();
  const code = pending?.state === "pending" ? pending.code : "";
  expect(heard.replaceAll(" ", "")).toBe(`Yourcodeis${code}.`);
  await expect(voice.pairing.settle("999999x")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await voice.pairing.settle(code);
  await home.kill();
  const back = await home.connect();
  const second = await back.mock.inbound({ from: caller });
  expect((await back.calls.get(second.callId))?.endedAt).toBeUndefined();
  expect(await back.mock.inbound({ from: "anonymous" })).toMatchObject({
    state: "failed",
    endDetail: { message: "rejected: caller-unknown" },
  });
});
