import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ended, eventOf, eventually, logOf } from "../support/daemon.ts";
import { createTwilioHome, theirs, type TwilioHome } from "../support/twilio.ts";

/** The configuration of this home, as its daemon knows it. */
function account({ twilio, port }: TwilioHome): Record<string, unknown> {
  const { accountSid, authToken, url } = twilio;
  return {
    fromNumber: "+15005550006",
    publicUrl: "https://voice.example.test/voice/webhook",
    serve: { port },
    twilio: { accountSid, authToken, baseUrl: url },
  };
}

test.each([
  ["half-written", undefined],
  ["switched off", { provider: "twilio", enabled: false }],
  ["of another carrier", { provider: "mock" }],
])("a configuration that becomes %s refuses new calls and leaves the live one alone", async (_what, change) => {
  await using home = await createTwilioHome();
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  if (change === undefined) await writeFile(home.configFile, '{ plugins: { entries: { "voice-call": { config: { prov');
  else await home.configure({ ...account(home), ...change });
  await voice.calls.place({ to: theirs, message: "Second" }).catch(() => undefined);
  await eventually(() => home.twilio.say(home.twilio.calls[0]?.sid ?? "", "Still with you?"));
  await eventOf(voice, callId, (event) => event.type === "caller.spoke");
  expect(home.twilio.calls[0]?.webhooks.filter(({ status }) => status !== 200)).toEqual([]);
});

test("an end ordered while the dial's outcome is unknown ends the leg that shows up later", async () => {
  await using home = await createTwilioHome({}, { scale: 0.1 });
  home.twilio.script(theirs, { ringMs: 20_000 });
  home.twilio.faults({
    rest: [
      { on: "create", fault: "drop-reply", times: 1 },
      { on: "list", fault: "html", status: 503, times: 50 },
    ],
    webhooks: [{ fault: "delay", ms: 1500, times: 1 }],
  });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Never to be heard" });
  await voice.calls.hangUp(callId);
  await home.twilio.waitFor(() => home.twilio.calls[0]?.endedAt !== null, 10_000);
  expect(home.twilio.calls[0]?.heard).toEqual([]);
  expect(await ended(voice, callId)).toMatchObject({ reason: "hangup-bot" });
});

test("of two dials to one number whose replies are lost, neither takes the other's leg", async () => {
  await using home = await createTwilioHome({ maxConcurrentCalls: 2 });
  home.twilio.faults({ rest: [{ on: "create", fault: "drop-reply", times: 2 }] });
  const voice = await home.connect();
  const placed = await Promise.all(
    [1, 2].map(() => voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" })),
  );
  for (const { callId } of placed) await eventOf(voice, callId, (event) => event.type === "utterance.started");
  const views = await Promise.all(placed.map(({ callId }) => voice.calls.get(callId)));
  expect(new Set(views.map((view) => view?.providerCallId)).size).toBe(2);
  expect(home.twilio.calls).toHaveLength(2);
});

test("words that are ordered while the caller's turn ends are said once", async () => {
  await using home = await createTwilioHome({}, { scale: 0.1 });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await home.twilio.waitFor(() => home.twilio.calls[0]?.listening === true);
  home.twilio.faults({ rest: [{ on: "update", fault: "delay", ms: 300, times: 1 }] });
  const said = voice.calls.say({ callId, message: "What is your favourite colour?" });
  await eventOf(voice, callId, (event) => event.type === "utterance.requested");
  expect(home.twilio.say(home.twilio.calls[0]?.sid ?? "", "One moment")).toBe(true);
  await said;
  await eventually(
    () => home.twilio.calls[0]?.heard.some(({ text, complete }) => text.includes("colour") && complete) === true,
  );
  expect(home.twilio.calls[0]?.heard.filter(({ text }) => text.includes("colour"))).toHaveLength(1);
});

test("a configuration asked for by name must be the one that the daemon goes by", async () => {
  await using home = await createTwilioHome();
  await home.connect();
  const { connect } = await import("../../src/client/index.ts");
  const other = `${home.configFile}.other`;
  await writeFile(other, "{}");
  await expect(connect({ stateDir: home.stateDir, configFile: other })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
});

test("late webhooks of a finished call that arrive together are all answered", async () => {
  await using home = await createTwilioHome();
  home.twilio.faults({ webhooks: [{ on: "completed", fault: "duplicate", copies: 5, afterMs: 0 }] });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started");
  await voice.calls.hangUp(callId);
  await ended(voice, callId);
  await home.twilio.waitFor(
    () => (home.twilio.calls[0]?.webhooks.filter(({ event }) => event === "completed").length ?? 0) >= 5,
  );
  expect(home.twilio.calls[0]?.webhooks.filter(({ event, status }) => event === "completed" && status !== 200)).toEqual(
    [],
  );
  expect((await logOf(voice, callId)).filter(({ type }) => type === "call.ended")).toHaveLength(1);
});
