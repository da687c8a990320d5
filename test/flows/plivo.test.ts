import { expect, test } from "vitest";
import { startPlivoEmulator } from "../../src/emulator/index.ts";
import { createHome, eventOf, eventually, freePort } from "../support/daemon.ts";
import { ours, publicUrl, theirs } from "../support/line.ts";

test("words that Plivo fetches before it has replied to the order are said at once, and once", async () => {
  const port = await freePort();
  const routes = [{ public: new URL(publicUrl).origin, target: `http://127.0.0.1:${port}` }];
  await using plivo = await startPlivoEmulator({ routes });
  const { authId, authToken, url } = plivo;
  const own = { provider: "plivo", publicUrl, serve: { port }, plivo: { authId, authToken, baseUrl: url } };
  await using home = await createHome({ fromNumber: ours, ...own });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: theirs, message: "Hi", mode: "conversation" });
  await eventually(() => plivo.calls[0]?.listening === true);
  await eventOf(voice, callId, ({ type }) => type === "utterance.played");
  plivo.faults({ rest: [{ on: "transfer", fault: "webhook-first" }] });
  const asking = voice.calls.ask({ callId, message: "Well?" });
  await eventually(() => plivo.calls[0]?.heard.some(({ text }) => text === "Well?") === true);
  await eventually(() => plivo.calls[0]?.listening === true);
  plivo.say(plivo.calls[0]?.callUuid ?? "", "Yes");
  expect(await asking).toEqual({ transcript: "Yes" });
  expect(plivo.calls[0]?.heard.map(({ text }) => text)).toEqual(["Hi", "Well?"]);
});
