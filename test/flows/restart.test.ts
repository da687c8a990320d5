import { expect, test } from "vitest";
import type { StoredEvent } from "../../src/call/event.ts";
import { ended, eventOf, eventually, logOf } from "../support/daemon.ts";
import { createTwilioHome, ours, publicUrl, theirs, type TwilioHome } from "../support/twilio.ts";

/** Kills the daemon at once, starts it again through a new client, and checks that nothing was dialled twice. */
async function killAndReturn(home: TwilioHome): ReturnType<TwilioHome["connect"]> {
  await home.kill();
  return home.connect();
}

function noneTwice(events: StoredEvent[]): void {
  expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
  expect(events.filter(({ type }) => type === "call.requested")).toHaveLength(1);
  expect(events.filter(({ type }) => type === "call.answered").length).toBeLessThanOrEqual(1);
}

test("killed while dialling, with the reply still out: the call is found again, not dialled again", async () => {
  await using home = await createTwilioHome();
  home.twilio.script(theirs, { ringMs: 30_000, utterances: ["Hello"] });
  home.twilio.faults({ rest: [{ on: "create", fault: "delay", ms: 2000 }] });
  const voice = await home.connect();
  const placing = voice.calls
    .place({ to: theirs, message: "Hi", mode: "conversation", requestId: "once" })
    .catch(() => undefined);
  await eventually(() => home.twilio.calls.length === 1);
  const back = await killAndReturn(home);
  await placing;
  const call = await back.calls.place({ to: theirs, message: "Hi", mode: "conversation", requestId: "once" });
  await eventOf(back, call.callId, (event) => event.type === "caller.spoke");
  expect(home.twilio.calls).toHaveLength(1);
  noneTwice(await logOf(back, call.callId));
});

test("killed while ringing: the callee is answered by the next daemon", async () => {
  await using home = await createTwilioHome({ ringTimeoutMs: 300_000 });
  home.twilio.script(theirs, { ringMs: 50_000, utterances: ["Hello"] });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "call.ringing");
  const back = await killAndReturn(home);
  await eventOf(back, callId, (event) => event.type === "caller.spoke");
  expect(home.twilio.calls).toHaveLength(1);
  noneTwice(await logOf(back, callId));
});

test("killed while speaking: the words are heard once and the caller's answer arrives", async () => {
  await using home = await createTwilioHome({}, { scale: 0.1 });
  home.twilio.script(theirs, { utterances: ["I heard you"] });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({
    to: theirs,
    message: "A sentence of some length to be killed in",
    mode: "conversation",
  });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  const back = await killAndReturn(home);
  await eventOf(back, callId, (event) => event.type === "caller.spoke");
  expect(home.twilio.calls[0]?.heard.filter(({ kind }) => kind === "say")).toHaveLength(1);
  noneTwice(await logOf(back, callId));
});

test("killed while listening for an answer: the same ask, repeated, gets it", async () => {
  await using home = await createTwilioHome();
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  const asking = voice.calls.ask({ callId, message: "Well?" });
  await eventOf(voice, callId, (event) => event.type === "utterance.requested");
  await home.twilio.waitFor(() => home.twilio.calls[0]?.listening === true && home.twilio.calls[0].heard.length === 2);
  const back = await killAndReturn(home);
  await back.system.health();
  // Between two documents the line is deaf; whoever is there says it again.
  await eventually(() => home.twilio.say(home.twilio.calls[0]?.sid ?? "", "Yes, well"));
  expect(await asking).toEqual({ transcript: "Yes, well" });
  expect(home.twilio.calls[0]?.heard.filter(({ text }) => text === "Well?")).toHaveLength(1);
});

test("killed before a call ended meanwhile: the next daemon learns it from the carrier and frees the slot", async () => {
  await using home = await createTwilioHome();
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  home.twilio.faults({ webhooks: [{ fault: "lose", times: 1000 }] });
  await home.kill();
  home.twilio.hangUp(home.twilio.calls[0]?.sid ?? "");
  const back = await home.connect();
  await ended(back, callId);
  home.twilio.faults({});
  const second = await back.calls.place({ to: theirs, message: "Hi again", mode: "conversation" });
  expect(second.state).not.toBe("failed");
});

test("a carrier that cannot be asked keeps the call open but gives it no slot, until it can", async () => {
  await using home = await createTwilioHome();
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  home.twilio.faults({ rest: [{ on: "fetch", fault: "html", status: 503, times: 1 }] });
  const back = await killAndReturn(home);
  await eventOf(back, callId, (event) => event.type === "carrier.reported" && event.leg === "unreachable");
  expect((await back.calls.get(callId))?.endedAt).toBeUndefined();
  await eventOf(back, callId, (event) => event.type === "carrier.reported" && event.leg === "live");
  expect((await back.system.health()).liveCalls).toBe(1);
});

test("follow goes over a killed daemon without loss or repeat", async () => {
  await using home = await createTwilioHome({ inboundPolicy: "open", maxConcurrentCalls: 5 });
  const voice = await home.connect();
  const seen: StoredEvent[] = [];
  const stop = new AbortController();
  const following = (async () => {
    for await (const event of voice.events.follow({ since: 0, signal: stop.signal })) seen.push(event);
  })();
  home.twilio.inbound({ from: theirs, to: ours, voiceUrl: publicUrl, caller: { utterances: ["One"] } });
  await eventually(() => seen.some(({ type }) => type === "caller.spoke"));
  await home.kill();
  const back = await home.connect();
  home.twilio.inbound({ from: "+15005550002", to: ours, voiceUrl: publicUrl, caller: { utterances: ["Two"] } });
  await eventually(() => seen.some((event) => event.type === "caller.spoke" && event.text === "Two"));
  const { lastSeq } = await back.system.health();
  await eventually(() => (seen.at(-1)?.seq ?? 0) >= lastSeq);
  stop.abort();
  await following;
  const seqs = seen.map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
});
