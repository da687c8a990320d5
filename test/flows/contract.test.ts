import { describe, expect, test } from "vitest";
import type { StoredEvent } from "../../src/call/event.ts";
import type { VoiceCall } from "../../src/client/index.ts";
import {
  createCarrierHome,
  createWebhookHome,
  quiet,
  type CarrierHome,
  type WebhookCarrierName,
} from "../support/carriers.ts";
import { theirs, type LineCall } from "../support/line.ts";
import { ended, eventOf, eventually, logOf } from "../support/daemon.ts";

const byWebhooks: WebhookCarrierName[] = ["twilio", "telnyx", "plivo"];
const carriers = [...byWebhooks, "mock"] as const;
const atOnce = { outbound: { notifyHangupDelaySec: 0 } };
const open = { inboundPolicy: "open", inboundGreeting: "Welcome" };

/** The only call of the line, as soon as it is there. */
async function lineCall(home: CarrierHome): Promise<string> {
  await eventually(async () => (await home.line.calls()).length > 0);
  expect(await home.line.calls()).toHaveLength(1);
  return (await home.line.calls())[0]?.id ?? "";
}

/** The only live call of the record. */
async function liveCall(voice: VoiceCall): Promise<string> {
  await eventually(async () => (await voice.calls.list()).length > 0);
  return (await voice.calls.list())[0]?.callId ?? "";
}

/** An outgoing conversation at the point where the callee is listened to. */
async function conversation(home: CarrierHome, voice: VoiceCall): Promise<{ callId: string; id: string }> {
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  const id = await lineCall(home);
  await home.heard(id, "Hi");
  await quiet(voice, callId);
  return { callId, id };
}

/** Asks, and has the callee answer. */
async function askAndAnswer(
  home: CarrierHome,
  voice: VoiceCall,
  on: { callId: string; id: string; question: string; answer: string },
): Promise<string> {
  const asking = voice.calls.ask({ callId: on.callId, message: on.question });
  await home.heard(on.id, on.question);
  await home.say(on.id, on.answer);
  return (await asking).transcript ?? "";
}

function countOf(events: StoredEvent[], type: StoredEvent["type"]): number {
  return events.filter((event) => event.type === type).length;
}

describe.concurrent.each(carriers)("%s", (name) => {
  test("a notify call is dialled once, heard in full, and hung up after its words", async () => {
    await using home = await createCarrierHome(name, atOnce);
    const voice = await home.connect();
    const message = `Tom & Jerry say "hi" <3`;
    const { callId } = await voice.calls.place({ to: theirs, message });
    await ended(voice, callId);
    expect(await home.line.calls()).toMatchObject([{ heard: [message], ended: true }]);
    expect(await voice.calls.get(callId)).toMatchObject({ state: "completed", transcript: [{ text: message }] });
    expect(countOf(await logOf(voice, callId), "utterance.played")).toBe(1);
  });

  test("a conversation of three turns, ended by us", async () => {
    await using home = await createCarrierHome(name);
    const voice = await home.connect();
    const on = await conversation(home, voice);
    for (const turn of ["one", "two", "three"]) {
      const answer = await askAndAnswer(home, voice, {
        ...on,
        question: `Question ${turn}?`,
        answer: `Answer ${turn}`,
      });
      expect(answer).toBe(`Answer ${turn}`);
    }
    await voice.calls.hangUp(on.callId);
    await ended(voice, on.callId);
    expect(await home.line.call(on.id)).toMatchObject({
      heard: ["Hi", "Question one?", "Question two?", "Question three?"],
      ended: true,
    });
    expect(await voice.calls.get(on.callId)).toMatchObject({ state: "hangup-bot" });
  });

  test("a caller is greeted, and a responder answers three turns", async () => {
    await using home = await createCarrierHome(name, open);
    const voice = await home.connect();
    const stop = new AbortController();
    const answering = voice.turns.answer(async ({ text }) => `You said ${text}.`, { signal: stop.signal });
    const id = await home.line.inbound(theirs);
    await home.heard(id, "Welcome");
    for (const turn of ["one", "two", "three"]) {
      await home.say(id, turn);
      await home.heard(id, `You said ${turn}.`);
    }
    stop.abort();
    await answering;
    const callId = await liveCall(voice);
    await home.line.hangUp(id);
    expect(await ended(voice, callId)).toMatchObject({ reason: "hangup-user" });
    expect((await home.line.call(id)).heard).toEqual(["Welcome", "You said one.", "You said two.", "You said three."]);
  });

  test("somebody who may not call is rejected once by the carrier, unanswered, and is on the record (hybridclaw #1448)", async () => {
    await using home = await createCarrierHome(name, { inboundPolicy: "allowlist", allowFrom: ["+15005550002"] });
    const voice = await home.connect();
    const strange = name === "mock" ? [] : ["", "sip:+15005550002@example.test"];
    for (const from of [theirs, "anonymous", ...strange]) {
      const id = await home.line.inbound(from);
      await eventually(async () => (await home.line.call(id)).ended);
      expect(await home.line.call(id)).toMatchObject({ rejects: 1, answered: false, heard: [] });
      const why = from === theirs ? "not-on-allowlist" : "caller-unknown";
      expect(await voice.calls.get(id)).toMatchObject({
        state: "failed",
        direction: "inbound",
        endDetail: { message: `rejected: ${why}` },
      });
    }
    expect(await voice.calls.list()).toEqual([]);
  });

  test.each([
    [{ outcome: "busy" }, "busy"],
    [{ outcome: "no-answer" }, "no-answer"],
    [{ outcome: "fail" }, "failed"],
    [{ hangsUpWhileSpokenTo: true }, "hangup-user"],
  ] as const)("a callee with %o ends the call as %s", async (person, reason) => {
    await using home = await createCarrierHome(name, { ringTimeoutMs: 5000 });
    await home.line.script(person);
    const voice = await home.connect();
    const message = "A message that takes a little while to say";
    const { callId } = await voice.calls.place({ to: theirs, message, mode: "conversation" });
    expect(await ended(voice, callId)).toMatchObject({ reason });
    expect(await voice.calls.list()).toEqual([]);
  });

  test("digits go both ways, and the line listens on", async () => {
    await using home = await createCarrierHome(name);
    const voice = await home.connect();
    const { callId, id } = await conversation(home, voice);
    await voice.calls.sendDigits({ callId, digits: "12#" });
    await eventually(async () => (await home.line.call(id)).digits === "12#");
    await eventually(async () => (await home.line.call(id)).listening);
    await home.line.press(id, "5");
    await eventOf(voice, callId, (event) => event.type === "caller.pressed" && event.digits === "5");
    await home.say(id, "Got them");
    expect(await eventOf(voice, callId, ({ type }) => type === "caller.spoke")).toMatchObject({ text: "Got them" });
  });

  test("callers beyond the limit hear that the lines are busy, further ones are rejected as busy", async () => {
    const busy = "All lines are busy, and this sentence is long enough that it is still being said. ".repeat(3).trim();
    await using home = await createCarrierHome(name, { ...open, maxConcurrentCalls: 1, phrases: { busy } });
    const voice = await home.connect();
    const first = await home.line.inbound(theirs);
    await home.heard(first, "Welcome");
    const others = await Promise.all(
      ["+15005550003", "+15005550004", "+15005550005"].map((from) => home.line.inbound(from)),
    );
    const seen = (): Promise<LineCall[]> => Promise.all(others.map((id) => home.line.call(id)));
    await eventually(async () => (await seen()).every(({ ended: over }) => over));
    const calls = await seen();
    expect(calls.filter(({ heard }) => heard.includes(busy))).toHaveLength(2);
    expect(calls.filter(({ rejects, answered }) => rejects === 1 && !answered)).toHaveLength(1);
    expect((await home.line.call(first)).ended).toBe(false);
    await eventually(async () => (await voice.calls.list()).length === 1);
  });
});

describe.concurrent.each(byWebhooks)("the webhooks of %s", (name) => {
  test.each(["sent three times", "sent again with a new signature", "swapped", "late"] as const)(
    "what is %s changes nothing (CVE-2026-32053, openclaw #87497)",
    async (fault) => {
      await using home = await createWebhookHome(name);
      home.line.faults(fault);
      const voice = await home.connect();
      const on = await conversation(home, voice);
      expect(await askAndAnswer(home, voice, { ...on, question: "Well?", answer: "Well" })).toBe("Well");
      await home.line.hangUp(on.id);
      expect(await ended(voice, on.callId)).toMatchObject({ reason: "hangup-user" });
      const sent = (await home.line.call(on.id)).replies.length;
      expect(sent).toBeGreaterThan(3);
      const events = await logOf(voice, on.callId);
      expect(countOf(events, "caller.spoke")).toBe(1);
      expect(countOf(events, "call.answered")).toBe(1);
      expect(countOf(events, "utterance.played")).toBe(2);
      expect(countOf(events, "call.ended")).toBe(1);
      expect((await home.line.call(on.id)).heard).toEqual(["Hi", "Well?"]);
      expect(await home.line.calls()).toHaveLength(1);
    },
  );

  test("what comes after the end leaves it as it was", async () => {
    await using home = await createWebhookHome(name);
    home.line.faults("late");
    const voice = await home.connect();
    const on = await conversation(home, voice);
    await home.line.hangUp(on.id);
    await ended(voice, on.callId);
    await eventOf(voice, on.callId, ({ type, callSeq }) => type === "carrier.noted" && callSeq > 1);
    expect(await voice.calls.get(on.callId)).toMatchObject({ state: "hangup-user" });
    expect(await voice.calls.list()).toEqual([]);
  });

  test("a caller whose webhooks are forged does not exist for us (CVE-2026-26319, call-me #5)", async () => {
    await using home = await createWebhookHome(name, open);
    home.line.faults("forged");
    const voice = await home.connect();
    const id = await home.line.inbound(theirs);
    await eventually(async () => (await home.line.call(id)).replies.length > 0);
    expect((await home.line.call(id)).replies[0]).toBeGreaterThanOrEqual(400);
    expect(await voice.calls.get(id)).toBeUndefined();
    expect((await voice.system.health()).lastSeq).toBe(0);
  });

  test("a forged end ends nothing", async () => {
    await using home = await createWebhookHome(name);
    home.line.faults("forged end");
    const voice = await home.connect();
    const { callId, id } = await conversation(home, voice);
    await home.line.hangUp(id);
    await eventually(async () => ((await home.line.call(id)).replies.at(-1) ?? 0) >= 400);
    expect((await voice.calls.get(callId))?.endedAt).toBeUndefined();
    await voice.calls.hangUp(callId);
    expect(await ended(voice, callId)).toMatchObject({ reason: "hangup-bot" });
  });

  test("killed while it listens and again while it speaks, a conversation goes on with nothing dialled or said twice", async () => {
    await using home = await createWebhookHome(name, { maxDurationSeconds: 3600 });
    const voice = await home.connect();
    const on = await conversation(home, voice);
    const asking = voice.calls.ask({ callId: on.callId, message: "Still there?" });
    await home.heard(on.id, "Still there?");
    await home.kill();
    const back = await home.connect();
    await back.system.health();
    await home.say(on.id, "Yes");
    expect(await asking).toEqual({ transcript: "Yes" });
    const words = "A longer sentence in the middle of which the daemon is killed";
    await back.calls.say({ callId: on.callId, message: words });
    const spoken = await eventOf(
      back,
      on.callId,
      (event) => event.type === "utterance.requested" && event.text === words,
    );
    const started = (event: StoredEvent): boolean => event.type === "utterance.started" && event.seq > spoken.seq;
    await eventOf(back, on.callId, started);
    await home.kill();
    const again = await home.connect();
    await home.heard(on.id, words);
    await quiet(again, on.callId);
    expect(await askAndAnswer(home, again, { ...on, question: "And now?", answer: "Yes" })).toBe("Yes");
    expect(await home.line.calls()).toHaveLength(1);
    expect((await home.line.call(on.id)).heard).toEqual(["Hi", "Still there?", words, "And now?"]);
  });
});
