import { expect, test } from "vitest";
import { ended, eventOf, eventually, logOf } from "../support/daemon.ts";
import { createTwilioHome, ours, publicUrl, theirs } from "../support/twilio.ts";

/** A callee who answers what was just said by the words in it, and is silent otherwise. */
function answers(byWord: Record<string, string>): (heard: string) => string | null {
  return (heard) => Object.entries(byWord).find(([word]) => heard.includes(word))?.[1] ?? null;
}

test("a notify call is dialled once, heard in full, and hung up after its words", async () => {
  await using home = await createTwilioHome({ outbound: { notifyHangupDelaySec: 0 } });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: `Tom & Jerry say "hi" <3` });
  await ended(voice, callId);
  expect(home.twilio.calls).toHaveLength(1);
  expect(home.twilio.calls[0]?.heard).toMatchObject([{ heard: `Tom & Jerry say "hi" <3`, complete: true }]);
  expect(await voice.calls.get(callId)).toMatchObject({ state: "completed", transcript: [{ speaker: "bot" }] });
  const types = (await logOf(voice, callId)).map(({ type }) => type);
  expect(types.filter((type) => type === "utterance.played")).toHaveLength(1);
});

test("a message beyond Twilio's 4,000 characters is heard to its last word", async () => {
  await using home = await createTwilioHome(
    { outbound: { notifyHangupDelaySec: 0 }, maxDurationSeconds: 3600 },
    { scale: 0.0005 },
  );
  const voice = await home.connect();
  const message = Array.from({ length: 700 }, (_, n) => `word${n}`).join(" ");
  const { callId } = await voice.calls.place({ to: theirs, message });
  await ended(voice, callId, 15_000);
  const heard = home.twilio.calls[0]?.heard.map((part) => part.heard).join(" ");
  expect(heard).toBe(message);
});

test("a conversation of three turns", async () => {
  await using home = await createTwilioHome();
  home.twilio.script(theirs, { reply: answers({ survey: "Hello?", colour: "Blue", number: "Forty two" }) });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi, this is a survey", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "caller.spoke");
  const first = await voice.calls.ask({ callId, message: "Your favourite colour?" });
  const second = await voice.calls.ask({ callId, message: "Your favourite number?" });
  expect([first.transcript, second.transcript]).toEqual(["Blue", "Forty two"]);
  await voice.calls.hangUp(callId);
  await ended(voice, callId);
  const call = await voice.calls.get(callId);
  expect(call?.state).toBe("hangup-bot");
  expect(call?.transcript.map(({ speaker, text }) => `${speaker}: ${text}`)).toEqual([
    "bot: Hi, this is a survey",
    "user: Hello?",
    "bot: Your favourite colour?",
    "user: Blue",
    "bot: Your favourite number?",
    "user: Forty two",
  ]);
  expect(home.twilio.calls).toHaveLength(1);
  expect(home.twilio.calls[0]?.warnings).toEqual([]);
});

test.each([
  [{ outcome: "busy" }, "busy"],
  [{ outcome: "no-answer" }, "no-answer"],
  [{ outcome: "fail" }, "failed"],
  [{ hangUpDuring: "say" }, "hangup-user"],
] as const)("a callee with %o ends the call as %s", async (callee, reason) => {
  await using home = await createTwilioHome({ ringTimeoutMs: 5000 });
  home.twilio.script(theirs, callee);
  const voice = await home.connect();
  const { callId } = await voice.calls.place({
    to: theirs,
    message: "A message that takes a little while to say",
    mode: "conversation",
  });
  expect(await ended(voice, callId)).toMatchObject({ reason });
});

test("an incoming call is answered with the greeting and talks with an operator", async () => {
  await using home = await createTwilioHome({
    inboundPolicy: "allowlist",
    allowFrom: [theirs],
    inboundGreeting: "Welcome",
  });
  const voice = await home.connect();
  const call = home.twilio.inbound({
    from: theirs,
    to: ours,
    voiceUrl: publicUrl,
    caller: { reply: answers({ Welcome: "It is me", Really: "Yes" }) },
  });
  await home.twilio.waitFor(() => call.heard.length > 0);
  const [live] = await voice.calls.list();
  expect(live).toMatchObject({ direction: "inbound", from: theirs, to: ours, providerCallId: call.sid });
  const { callId } = live ?? { callId: "" };
  await eventOf(voice, callId, (event) => event.type === "caller.spoke" && event.text === "It is me");
  expect(await voice.calls.ask({ callId: call.sid, message: "Really?" })).toEqual({ transcript: "Yes" });
  home.twilio.hangUp(call.sid);
  expect(call.heard[0]?.text).toBe("Welcome");
});

test("a caller who is not on the list is rejected before the answer, and on the record", async () => {
  await using home = await createTwilioHome({ inboundPolicy: "allowlist", allowFrom: [theirs] });
  const voice = await home.connect();
  const call = home.twilio.inbound({ from: "+15005550009", to: ours, voiceUrl: publicUrl });
  await home.twilio.waitFor(() => call.endedAt !== null);
  expect(call.answeredAt).toBeNull();
  expect(await voice.calls.list()).toEqual([]);
  expect(await voice.calls.get(call.sid)).toMatchObject({
    state: "failed",
    endDetail: { message: "rejected: not-on-allowlist" },
  });
});

test("duplicates get the first reply and change nothing; late and swapped statuses move nothing back", async () => {
  await using home = await createTwilioHome();
  home.twilio.faults({
    webhooks: [
      { fault: "duplicate", copies: 2, afterMs: 0, times: 50 },
      { on: "ringing", fault: "hold-until", event: "answered" },
    ],
  });
  home.twilio.script(theirs, { reply: answers({ Hi: "One", "And?": "Two" }) });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "caller.spoke" && event.text === "One");
  expect(await voice.calls.ask({ callId, message: "And?" })).toEqual({ transcript: "Two" });
  await voice.calls.hangUp(callId);
  await ended(voice, callId);
  const attempts = home.twilio.calls[0]?.webhooks ?? [];
  const replies = Map.groupBy(attempts, ({ idempotencyToken }) => idempotencyToken);
  expect(attempts.some(({ duplicate }) => duplicate)).toBe(true);
  for (const copies of replies.values()) expect(new Set(copies.map(({ body }) => body)).size).toBe(1);
  const spoken = (await logOf(voice, callId)).filter(({ type }) => type === "caller.spoke");
  expect(spoken).toHaveLength(2);
  expect((await voice.calls.get(callId))?.state).toBe("hangup-bot");
});

test("a create whose reply is lost is adopted and never repeated", async () => {
  await using home = await createTwilioHome();
  home.twilio.faults({ rest: [{ on: "create", fault: "drop-reply", times: 1 }] });
  home.twilio.script(theirs, { utterances: ["Still here"] });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "caller.spoke");
  expect(home.twilio.calls).toHaveLength(1);
  expect((await voice.calls.get(callId))?.providerCallId).toBe(home.twilio.calls[0]?.sid);
});

test("the first webhook may overtake the reply to the dial order", async () => {
  await using home = await createTwilioHome();
  home.twilio.faults({ rest: [{ on: "create", fault: "webhook-first", times: 1 }] });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  const placed = (await logOf(voice, callId)).filter(({ type }) => type === "call.placed");
  expect(placed).toMatchObject([{ source: "webhook" }]);
});

test.each([
  [21219, /verified|trial/i],
  [21215, /geo|permission|country/i],
  [21211, /number/i],
] as const)("Twilio's refusal %i keeps its code and says what to do", async (code, hint) => {
  await using home = await createTwilioHome();
  home.twilio.faults({ rest: [{ on: "create", fault: "refuse", code }] });
  const voice = await home.connect();
  const refused = voice.calls.place({ to: theirs, message: "Hi" });
  await expect(refused).rejects.toMatchObject({
    code: "CARRIER_REFUSED",
    carrierCode: String(code),
    hint: expect.stringMatching(hint),
  });
  expect(await voice.calls.list()).toEqual([]);
});

test("a wrong auth token is told as such, without the token", async () => {
  await using home = await createTwilioHome();
  const { accountSid, url } = home.twilio;
  const authToken = "c0ffee00c0ffee00c0ffee00c0ffee00";
  await home.configure({
    provider: "twilio",
    fromNumber: ours,
    publicUrl,
    serve: { port: home.port },
    twilio: { accountSid, authToken, baseUrl: url },
  });
  const voice = await home.connect();
  const error: unknown = await voice.calls.place({ to: theirs, message: "Hi" }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "CARRIER_REFUSED", carrierCode: "20003" });
  expect(JSON.stringify(error)).not.toContain(authToken);
});

test("digits are played into a live call, which then listens on", async () => {
  await using home = await createTwilioHome();
  home.twilio.script(theirs, { utterances: ["Hello"] });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "caller.spoke");
  await voice.calls.sendDigits({ callId, digits: "12#" });
  await home.twilio.waitFor(() => home.twilio.calls[0]?.digits === "12#");
  const sid = home.twilio.calls[0]?.sid ?? "";
  await home.twilio.waitFor(() => home.twilio.calls[0]?.listening === true);
  await eventually(() => home.twilio.say(sid, "Got them"));
  const spoke = await eventOf(voice, callId, (event) => event.type === "caller.spoke" && event.text !== "Hello");
  expect(spoke).toMatchObject({ text: "Got them" });
});

test("a call that ends under an order is told as ended, and leaves no slot taken", async () => {
  await using home = await createTwilioHome();
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  home.twilio.faults({ webhooks: [{ fault: "lose", on: "status", times: 100 }] });
  home.twilio.hangUp(home.twilio.calls[0]?.sid ?? "");
  await expect(voice.calls.ask({ callId, message: "Are you there?" })).rejects.toMatchObject({
    code: expect.stringMatching(/CALL_ENDED|CARRIER_REFUSED/),
  });
  await ended(voice, callId);
  expect(await voice.calls.list()).toEqual([]);
});
