// Calls on the Telnyx emulator: outcomes, conversations, machine detection, inbound calls.
import { expect, test } from "vitest";
import { startTelnyxEmulator, type TelnyxCalleeScript } from "../../src/emulator/index.ts";
import {
  DIAL,
  ended,
  eventsOf,
  isSigned,
  outbound,
  startTelnyxApp,
  tag,
  telnyxFor,
  telnyxRefusal,
  THEM,
  US,
  VOICE,
  webhookIn,
} from "./telnyx-sdk.ts";

test("notify: dial, speak, hang up; every webhook through the public address, signed, with the client state", async () => {
  const publicUrl = "https://voice.example.test";
  const started = Promise.withResolvers<ReturnType<typeof telnyxFor>>();
  await using app = await startTelnyxApp(async ({ event, payload }) => {
    const { calls } = await started.promise;
    const id = String(payload["call_control_id"]);
    if (event === "call.answered") {
      await calls.actions.speak(id, { payload: "Fish & chips", ...VOICE, client_state: tag("one") });
    } else if (event === "call.speak.ended") {
      await calls.actions.hangup(id, {});
    }
  });
  await using emulator = await startTelnyxEmulator({ routes: [{ public: publicUrl, target: app.url }] });
  const client = telnyxFor(emulator);
  started.resolve(client);
  const { data } = await client.calls.dial({
    ...DIAL,
    webhook_url: `${publicUrl}/voice?x=1`,
    client_state: tag("zero"),
    command_id: "place-1",
  });
  expect(data).toMatchObject({ record_type: "call", is_alive: false, client_state: tag("zero") });
  expect(data?.call_control_id).toMatch(/^v3:.*\/.*\+.*=/);
  const call = await ended(emulator);

  expect(call.heard).toEqual([{ kind: "speak", text: "Fish & chips", heard: "Fish & chips", complete: true }]);
  expect(call).toMatchObject({ state: "ended", hangupCause: "normal_clearing", warnings: [] });
  expect(call.commands.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(["speak done", "hangup done"]);
  const webhooks = app.received.map(webhookIn);
  expect(webhooks.map(({ event }) => event)).toEqual([
    "call.initiated",
    "call.answered",
    "call.speak.started",
    "call.speak.ended",
    "call.hangup",
  ]);
  expect(webhooks.map(({ payload }) => payload["client_state"])).toEqual([
    tag("zero"),
    tag("zero"),
    tag("one"),
    tag("one"),
    tag("one"),
  ]);
  expect(webhooks[0]?.payload).toMatchObject({ direction: "outgoing", state: "bridging", from: US, to: THEM });
  expect(webhooks[3]?.payload).toMatchObject({ status: "completed", call_control_id: data?.call_control_id });
  for (const received of app.received) {
    expect(isSigned(received, emulator.publicKey)).toBe(true);
    expect(received.path).toBe("/voice?x=1");
    expect([received.headers.host, received.headers["x-forwarded-proto"]]).toEqual(["voice.example.test", "https"]);
  }
  const { data: status } = await client.calls.retrieveStatus(String(data?.call_control_id));
  expect(status).toMatchObject({
    is_alive: false,
    call_leg_id: data?.call_leg_id,
    call_session_id: data?.call_session_id,
  });
});

test.each([
  [{ outcome: "busy" }, "user_busy"],
  [{ outcome: "no-answer" }, "timeout"],
  [{ outcome: "no-answer", hangupCause: "no_answer" }, "no_answer"],
  [{ outcome: "reject" }, "call_rejected"],
  [{ outcome: "fail" }, "not_found"],
  [{ ringMs: 60_000 }, "timeout"],
] satisfies [TelnyxCalleeScript, string][])("nobody answers: %j", async (callee, cause) => {
  await using line = await outbound(callee, () => undefined, { timeout_secs: 20 });
  const call = await ended(line.emulator);
  expect(eventsOf(call)).toEqual(["initiated", "hangup"]);
  expect(call.webhooks.at(-1)?.payload).toMatchObject({ hangup_cause: cause });
  expect(call.durationSeconds).toBeNull();
});

test("a conversation of two turns: interim and final pieces while transcription runs, two finals for one utterance", async () => {
  const replies = ["What else?", "Goodbye"];
  await using line = await outbound(
    {
      utterances: [
        "One two",
        {
          text: "Three. Four.",
          confidence: null,
          pieces: [
            { text: "Three.", isFinal: true },
            { text: "Four.", isFinal: true },
          ],
        },
      ],
    },
    async ({ event, payload }, act, id) => {
      const speech = payload["transcription_data"] as { is_final: boolean; transcript: string } | undefined;
      if (event === "call.answered") {
        await act.speak(id, { payload: "Who is there?", ...VOICE });
      } else if (event === "call.speak.ended" && replies.length === 2) {
        await act.startTranscription(id, {
          transcription_engine: "Google",
          transcription_engine_config: { transcription_engine: "Google", interim_results: true },
        });
      } else if (speech?.is_final === true && speech.transcript !== "Three.") {
        await act.speak(id, { payload: String(replies.shift()), ...VOICE });
      } else if (event === "call.speak.ended" && replies.length === 0) {
        await act.hangup(id, {});
      }
    },
  );
  const call = await ended(line.emulator);
  expect(call.heard.map((heard) => heard.heard)).toEqual(["Who is there?", "What else?", "Goodbye"]);
  expect(call.said).toEqual(["One two", "Three.", "Four."].map((text) => ({ kind: "speech", text, noticed: true })));
  const pieces = call.webhooks.filter((hook) => hook.event === "call.transcription");
  expect(pieces.map((hook) => hook.payload["transcription_data"])).toEqual([
    { transcript: "One", confidence: null, is_final: false, transcription_track: "inbound" },
    { transcript: "One two", confidence: 0.92, is_final: true, transcription_track: "inbound" },
    { transcript: "Three.", confidence: null, is_final: true, transcription_track: "inbound" },
    { transcript: "Four.", confidence: null, is_final: true, transcription_track: "inbound" },
  ]);
});

test.each([
  ["detect", "human", ["machine.detection.ended human"]],
  ["detect_beep", "machine", ["machine.detection.ended machine", "machine.greeting.ended beep_detected"]],
  ["premium", "machine", ["machine.premium.detection.ended machine", "machine.premium.greeting.ended beep_detected"]],
  ["premium", "human", ["machine.premium.detection.ended human_residence"]],
] as const)(
  "machine detection %s of a %s; the call ends at its time limit",
  async (detection, answeredBy, verdicts) => {
    await using line = await outbound({ answeredBy, ringMs: 0, hangUpAfterMs: 8000 }, () => undefined, {
      answering_machine_detection: detection,
    });
    const call = await ended(line.emulator);
    const told = call.webhooks.filter((hook) => hook.event.startsWith("call.machine"));
    expect(told.map((hook) => `${hook.event.replace("call.", "")} ${String(hook.payload["result"])}`)).toEqual(
      verdicts,
    );
  },
);

test("the time limit ends a call", async () => {
  await using line = await outbound({}, () => undefined, { time_limit_secs: 60 });
  expect(await ended(line.emulator)).toMatchObject({ hangupCause: "time_limit" });
});

test("inbound: parked without client state until answered; the answer's own webhook URL and transcription", async () => {
  await using second = await startTelnyxApp();
  const started = Promise.withResolvers<ReturnType<typeof telnyxFor>>();
  await using app = await startTelnyxApp(async ({ event, payload }) => {
    const { calls } = await started.promise;
    const id = String(payload["call_control_id"]);
    expect(await telnyxRefusal(calls.actions.speak(id, { payload: "early", ...VOICE }))).toMatchObject({
      code: "90034",
    });
    expect(event).toBe("call.initiated");
    await calls.actions.answer(id, {
      client_state: tag("in"),
      webhook_url: `${second.url}/second`,
      transcription: true,
    });
  });
  await using emulator = await startTelnyxEmulator({ webhookUrl: `${app.url}/voice` });
  started.resolve(telnyxFor(emulator));
  emulator.inbound({
    from: "anonymous",
    to: US,
    caller: { speaksFirst: true, utterances: ["Hello?", { digits: "1" }], hangUpAfterTurns: 1 },
  });
  await emulator.waitFor(() => emulator.calls[0]?.said.length === 1);
  emulator.hangUp(String(emulator.calls[0]?.callControlId));
  const call = await ended(emulator);
  expect(app.received.map(webhookIn)[0]?.payload).toMatchObject({
    direction: "incoming",
    state: "parked",
    client_state: null,
    from: "anonymous",
  });
  expect(second.received.map((received) => webhookIn(received).event)).toEqual([
    "call.answered",
    "call.transcription",
    "call.hangup",
  ]);
  expect(call).toMatchObject({ hangupSource: "caller", clientState: tag("in") });
});

test("a reply to the webhook answers nothing: the caller gives up", async () => {
  await using app = await startTelnyxApp();
  await using emulator = await startTelnyxEmulator({ webhookUrl: app.url });
  emulator.inbound({ from: THEM, to: US, caller: { patienceMs: 10_000 } });
  const call = await ended(emulator);
  expect(call).toMatchObject({ hangupCause: "originator_cancel", hangupSource: "caller", answeredAt: null });
});

test("rejecting and hanging up a parked call; neither answers it", async () => {
  await using app = await startTelnyxApp();
  await using emulator = await startTelnyxEmulator({ webhookUrl: app.url });
  const { actions } = telnyxFor(emulator).calls;
  const park = () => emulator.inbound({ from: THEM, to: US }).callControlId;
  await actions.reject(park(), { cause: "USER_BUSY" });
  expect(await ended(emulator)).toMatchObject({ hangupCause: "user_busy" });
  await actions.reject(park(), { cause: "CALL_REJECTED" });
  expect(await ended(emulator)).toMatchObject({ hangupCause: "call_rejected" });
  await actions.hangup(park(), {});
  expect(await ended(emulator)).toMatchObject({ hangupCause: "call_rejected" });
  const answered = park();
  await actions.answer(answered, {});
  expect(await telnyxRefusal(actions.reject(answered, { cause: "USER_BUSY" }))).toMatchObject({ code: "10015" });
  await actions.hangup(answered, {});
  expect(await ended(emulator)).toMatchObject({ hangupCause: "normal_clearing" });
});
