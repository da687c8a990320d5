// A machine answers a call of ours, and the carrier finds out: with the carrier's own voice, and over media streams.
import { describe, expect, test } from "vitest";
import { createWebhookHome } from "../support/carriers.ts";
import { ended, eventOf, logOf } from "../support/daemon.ts";
import { theirs } from "../support/line.ts";

const message =
  "This is a message from the school. The bus leaves at half past seven tomorrow morning, a quarter of an hour earlier than usual, from the other side of the road.";

/** The emulators' lines run many times faster than ours; their limits would end calls within seconds. */
const shared = { maxDurationSeconds: 3600 };
const carriers = ["twilio", "telnyx", "plivo"] as const;
const ways = [
  ["by its own voice", {}],
  ["over a stream", { streaming: { enabled: true } }],
] as const;

const cases = carriers.flatMap((carrier) => ways.map(([way, config]) => ({ carrier, way, config })));

test.for(cases)("$carrier, $way: a machine is hung up on, and the call says so", async ({ carrier, config }) => {
  await using home = await createWebhookHome(carrier, { ...shared, outbound: { onVoicemail: "hangup" }, ...config });
  await home.line.script({ isMachine: true });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message });
  expect(await ended(voice, callId)).toMatchObject({ reason: "voicemail" });
  expect(await voice.calls.get(callId)).toMatchObject({ state: "voicemail", answeredBy: "machine" });
});

/** Together: most of it is waiting for words to be spoken. */
describe.concurrent("a message", () => {
  for (const { carrier, way, config } of cases) {
    test(`${carrier}, ${way}: is left whole, after the greeting`, { timeout: 60_000 }, async () => {
      await using home = await createWebhookHome(carrier, {
        ...shared,
        outbound: { onVoicemail: "leave-message" },
        ...config,
      });
      await home.line.script({ isMachine: true });
      const voice = await home.connect();
      const { callId } = await voice.calls.place({ to: theirs, message });
      expect(await ended(voice, callId, 40_000)).toMatchObject({ reason: "voicemail" });
      const log = await logOf(voice, callId);
      const after = log.slice(log.findIndex((event) => event.type === "machine.detected"));
      const left = after.find((event) => event.type === "utterance.requested");
      const utteranceId = left?.type === "utterance.requested" ? left.utteranceId : "";
      expect(left).toMatchObject({ text: message });
      expect(after.filter(({ type }) => type === "utterance.played")).toMatchObject([{ utteranceId }]);
      expect((await voice.calls.get(callId))?.transcript.at(-1)?.text).toBe(message);
      // Over a stream it is sound that the line has heard, which the mark of its end proves.
      if (Object.keys(config).length === 0) expect((await home.line.calls())[0]?.heard.at(-1)).toBe(message);
    });
  }
});

test.for(carriers)("%s: a person who answers is not taken for a machine", async (carrier) => {
  await using home = await createWebhookHome(carrier, { ...shared, outbound: { onVoicemail: "leave-message" } });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message, mode: "conversation" });
  const met = await eventOf(voice, callId, (event) => event.type === "machine.detected");
  expect(met).toMatchObject({ who: "human" });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  await voice.calls.hangUp(callId);
  expect(await ended(voice, callId)).toMatchObject({ reason: "hangup-bot" });
  expect(await voice.calls.get(callId)).toMatchObject({ answeredBy: "human", transcript: [{ text: message }] });
});
