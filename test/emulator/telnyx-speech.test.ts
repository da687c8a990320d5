// What is spoken, said and keyed on a call of the Telnyx emulator, and where it is cut off.
import { expect, test } from "vitest";
import type { TelnyxCalleeScript } from "../../src/emulator/index.ts";
import { ended, eventsOf, outbound, tag, telnyxRefusal, VOICE } from "./telnyx-sdk.ts";

/** A gather that does not give up while a busy machine runs the test. */
const PATIENT = { initial_timeout_millis: 60_000, timeout_millis: 120_000 };

test("words are lost while transcription is off; the own voice comes back only from the outbound track", async () => {
  await using line = await outbound({}, () => undefined);
  const { emulator, client } = line;
  await emulator.waitFor(() => emulator.calls[0]?.state === "answered");
  const [call] = emulator.calls;
  const id = String(call?.callControlId);
  const { actions } = client.calls;
  const transcripts = () =>
    call?.webhooks.flatMap(({ payload }) => {
      const speech = payload["transcription_data"] as { transcript: string; transcription_track: string } | undefined;
      return speech === undefined ? [] : [`${speech.transcription_track} ${speech.transcript}`];
    });
  const says = async (text: string) => {
    const noticed = emulator.say(id, text);
    await emulator.waitFor(() => call?.said.at(-1)?.text === text);
    return noticed;
  };
  const speaks = async (payload: string) => {
    await actions.speak(id, { payload, ...VOICE });
    await emulator.waitFor(() => call?.heard.at(-1)?.text === payload);
  };

  expect(await says("nobody listens")).toBe(false);
  expect(call?.warnings).not.toEqual([]);
  await actions.startTranscription(id, {});
  expect(call?.listening).toBe(true);
  await speaks("not transcribed");
  expect(await says("heard")).toBe(true);
  expect(await telnyxRefusal(actions.startTranscription(id, {}))).toEqual({ status: 422, code: "90054" });
  await actions.stopTranscription(id, {});
  await actions.startTranscription(id, { transcription_tracks: "both" });
  await speaks("echo");
  expect(await says("both")).toBe(true);
  await actions.stopTranscription(id, {});
  expect(await says("too late")).toBe(false);
  emulator.hangUp(id);
  await ended(emulator);
  expect(transcripts()).toEqual(["inbound heard", "outbound echo", "inbound both"]);
});

test("speech is queued; stop replaces it; playback_stop and the end of the call cut it where it was", async () => {
  await using line = await outbound({}, () => undefined);
  const { emulator, client } = line;
  await emulator.waitFor(() => emulator.calls[0]?.state === "answered");
  const [call] = emulator.calls;
  const id = String(call?.callControlId);
  const { actions } = client.calls;
  const long = "A long story. ".repeat(100);
  const speak = (payload: string, more: { stop?: string; client_state?: string } = {}) =>
    actions.speak(id, { payload, ...VOICE, ...more });

  await speak("first");
  await speak("second");
  await emulator.waitFor(() => call?.heard.length === 2);
  expect(call?.heard.map((heard) => heard.complete)).toEqual([true, true]);

  await speak(long, { client_state: tag("story") });
  await speak("never heard");
  await speak("third", { stop: "all", client_state: tag("third") });
  await emulator.waitFor(() => call?.heard.length === 4);
  expect(call?.heard.slice(2)).toMatchObject([{ complete: false }, { heard: "third", complete: true }]);
  expect(call?.heard[2]?.heard.length).toBeLessThan(long.length);

  await speak(long);
  await speak("fourth");
  await speak("fifth", { stop: "current" });
  await emulator.waitFor(() => call?.heard.at(-1)?.text === "fifth");
  expect(call?.heard.slice(4)).toMatchObject([{ complete: false }, { heard: "fourth" }, { heard: "fifth" }]);

  await speak(long);
  await actions.stopPlayback(id, { stop: "all" });
  expect(call).toMatchObject({ speaking: false });
  await speak(`<speak>${long}</speak>`.replace("A long", '<break time="1s"/>A long'));
  await emulator.waitFor(() => call?.speaking === true);
  emulator.hangUp(id);
  await ended(emulator);
  await emulator.waitFor(() => eventsOf(call).filter((event) => event === "speak.ended").length === 9);
  const endings = call?.webhooks.filter((hook) => hook.event === "call.speak.ended");
  expect(endings?.map(({ payload }) => [payload["status"], payload["client_state"]])).toEqual([
    ["completed", null],
    ["completed", null],
    ["cancelled", tag("story")],
    ["completed", tag("third")],
    ["cancelled", tag("third")],
    ["completed", tag("third")],
    ["completed", tag("third")],
    ["cancelled", tag("third")],
    ["call_hangup", tag("third")],
  ]);
  expect(await telnyxRefusal(speak("after the end"))).toEqual({ status: 422, code: "90018" });
  expect(await telnyxRefusal(actions.hangup(id, {}))).toEqual({ status: 422, code: "90018" });
});

test("the callee talks over a speech, then hangs up in the middle of the next", async () => {
  const story = "A long story. ".repeat(60);
  await using line = await outbound(
    { utterances: [{ text: "Stop", bargeIn: true, afterMs: 1000 }], hangUpAfterMs: 30_000 },
    async ({ event, payload }, act, id) => {
      if (event === "call.answered") {
        await act.speak(id, { payload: story, ...VOICE });
      } else if (event === "call.transcription") {
        expect((payload["transcription_data"] as { transcript: string }).transcript).toBe("Stop");
        await act.speak(id, { payload: story, ...VOICE, stop: "all" });
      }
    },
    { transcription: true, transcription_config: { transcription_tracks: "inbound" } },
  );
  const call = await ended(line.emulator);
  expect(call.heard.map((heard) => heard.complete)).toEqual([false, false]);
  expect(call).toMatchObject({ hangupCause: "normal_clearing", hangupSource: "callee" });
});

test.each([
  ["speak", { hangUpDuring: "speak" }, [false], []],
  ["turn", { hangUpDuring: "turn" }, [true], []],
  ["after a turn of its own", { reply: "echo", hangUpAfterTurns: 1 }, [true, true], ["Hello"]],
] satisfies [string, TelnyxCalleeScript, boolean[], string[]][])(
  "the callee hangs up: %s",
  async (_name, callee, complete, said) => {
    await using line = await outbound(
      callee,
      async ({ event }, act, id) => {
        if (event === "call.answered" || event === "call.transcription") {
          await act.speak(id, { payload: event === "call.answered" ? "Hello" : "Well well", ...VOICE });
        }
      },
      { transcription: true },
    );
    const call = await ended(line.emulator);
    expect(call.heard.map((heard) => heard.complete)).toEqual(complete);
    expect(call.said.map(({ text }) => text)).toEqual(said);
  },
);

test("keys both ways, gathered and not", async () => {
  await using line = await outbound({}, () => undefined);
  const { emulator, client } = line;
  const { actions } = client.calls;
  await emulator.waitFor(() => emulator.calls[0]?.state === "answered");
  const [call] = emulator.calls;
  const id = String(call?.callControlId);
  const gathered = (count: number) =>
    emulator.waitFor(() => eventsOf(call).filter((event) => event === "gather.ended").length === count);

  await actions.sendDtmf(id, { digits: "12w#" });
  expect(call?.digits).toBe("12w#");
  expect(await telnyxRefusal(actions.sendDtmf(id, { digits: "12x" }))).toMatchObject({ code: "90057" });
  expect(emulator.press(id, "7*")).toBe(true);
  await emulator.waitFor(() => eventsOf(call).filter((event) => event === "dtmf.received").length === 2);

  await actions.gatherUsingSpeak(id, { payload: "Your code? ".repeat(50), ...VOICE, maximum_digits: 2 });
  emulator.press(id, "42");
  await gathered(1);
  expect(call?.heard.at(-1)).toMatchObject({ kind: "speak", complete: false });
  await actions.gather(id, { minimum_digits: 3, ...PATIENT });
  emulator.press(id, "1#");
  await gathered(2);
  await actions.gather(id, { initial_timeout_millis: 1000 });
  await gathered(3);
  await actions.gather(id, PATIENT);
  await actions.stopGather(id, {});
  await gathered(4);
  await actions.gatherUsingAudio(id, { audio_url: "https://media.example.test/a.mp3", ...PATIENT });
  emulator.hangUp(id);
  await gathered(5);
  await ended(emulator);
  const endings = call?.webhooks.filter((hook) => hook.event === "call.gather.ended");
  expect(endings?.map(({ payload }) => [payload["status"], payload["digits"]])).toEqual([
    ["valid", "42"],
    ["invalid", "1"],
    ["timeout", ""],
    ["cancelled", ""],
    ["call_hangup", ""],
  ]);
});
