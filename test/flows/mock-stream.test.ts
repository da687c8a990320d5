// Live audio on the mock: its socket is inside the daemon, and needs neither a public URL nor a token.
import { expect, test } from "vitest";
import { startOpenAiEmulator } from "../../src/emulator/index.ts";
import { createHome, ended, eventOf, logOf } from "../support/daemon.ts";

test("words are spoken over the mock's stream, and are heard when its marks say so", async () => {
  await using openai = await startOpenAiEmulator();
  const { url: baseUrl, apiKey } = openai;
  await using home = await createHome({
    provider: "mock",
    mock: { ringMs: 20 },
    streaming: { enabled: true, provider: "openai", providers: { openai: { apiKey, baseUrl } } },
  });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to: "+15555550123", message: "Good morning.", mode: "conversation" });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  await voice.calls.hangUp(callId);
  await ended(voice, callId);
  const log = await logOf(voice, callId);
  expect(log.map(({ type }) => type)).toEqual(expect.arrayContaining(["line.ready", "utterance.started"]));
  expect(log.find((event) => event.type === "utterance.played")).toMatchObject({ proof: "carrier" });
  expect(log.map(({ type }) => type)).not.toContain("stream.abandoned");
});
