// Calls on the Plivo emulator: outcomes, conversations, machine detection, inbound calls.
import { expect, test } from "vitest";
import { startPlivoEmulator, type CalleeScript } from "../../src/emulator/index.ts";
import { ended, getInput, plivoCalls, transferCall } from "./plivo-sdk.ts";
import { THEM, US } from "./sdk.ts";
import { startApp, twiml as response, type ReceivedWebhook } from "./webhook-app.ts";

test("notify: ring, answer, redirect, hang-up, with the fields and both ids that Plivo sends", async () => {
  const publicUrl = "https://voice.example.test";
  await using app = await startApp(({ path }) => {
    switch (path) {
      case "/answer?x=1":
        return response(`<Speak voice="Polly.Joanna">Fish &amp; chips</Speak><Redirect>${publicUrl}/more</Redirect>`);
      case "/more":
        return response("<Speak>Goodbye</Speak><Hangup/><Speak>never</Speak>");
      default:
        return "";
    }
  });
  await using emulator = await startPlivoEmulator({ routes: [{ public: publicUrl, target: app.url }] });
  const { requestUuid } = await plivoCalls(emulator).create(US, THEM, `${publicUrl}/answer?x=1`, {
    ringUrl: `${publicUrl}/ring`,
    hangupUrl: `${publicUrl}/hangup#rc=2`,
    callerName: "Assistant",
  });
  const call = await ended(emulator);
  await emulator.waitFor(() => call.webhooks.length === 4);

  expect(call.heard.map((heard) => heard.heard)).toEqual(["Fish & chips", "Goodbye"]);
  expect(app.received.map(({ path, form }) => [path, form.get("Event"), form.get("CallStatus")])).toEqual([
    ["/ring", "Ring", "ringing"],
    ["/answer?x=1", "StartApp", "in-progress"],
    ["/more", "Redirect", "in-progress"],
    ["/hangup", "Hangup", "completed"],
  ]);
  for (const { form, headers } of app.received) {
    expect(Object.fromEntries(form)).toMatchObject({
      CallUUID: call.callUuid,
      RequestUUID: requestUuid,
      ALegUUID: call.callUuid,
      ALegRequestUUID: requestUuid,
      From: US.slice(1),
      To: THEM.slice(1),
      Direction: "outbound",
      CallerName: "Assistant",
      ParentAuthID: emulator.authId,
    });
    expect([headers.host, headers["x-forwarded-proto"]]).toEqual(["voice.example.test", "https"]);
  }
  expect(Object.fromEntries(app.received[3]?.form ?? [])).toMatchObject({
    HangupCause: "NORMAL_CLEARING",
    HangupCauseName: "Normal Hangup",
    HangupCauseCode: "4000",
    HangupSource: "Answer XML",
    Duration: expect.stringMatching(/^[1-9]\d*$/),
    EndTime: expect.stringMatching(/^\d{4}-\d\d-\d\d [\d:]{8}$/),
  });
});

test("a conversation of two turns, the second moved in by a transfer while the call waits; then the XML ends", async () => {
  await using app = await startApp(({ path, form }) => {
    switch (path) {
      case "/answer":
        return response(getInput(`${app.url}/input?turn=1`, "Who is there?"));
      case "/input?turn=1":
        return response('<Wait length="60"/>');
      case "/reply":
        return response(getInput(`${app.url}/input?turn=2`, "What else?"));
      default:
        return response(form.has("Speech") ? "<Speak>Bye</Speak>" : "");
    }
  });
  await using emulator = await startPlivoEmulator();
  emulator.script(THEM, { utterances: ["It is me", { text: "Nothing else", confidence: 0.5 }] });
  const calls = plivoCalls(emulator);
  await calls.create(US, THEM, `${app.url}/answer`);
  await emulator.waitFor(() => emulator.calls[0]?.documents.length === 2);
  const callUuid = String(emulator.calls[0]?.callUuid);
  const moved = await transferCall(calls, callUuid, `${app.url}/reply`);
  expect(moved).toMatchObject({ message: "call transferred", callUuids: [callUuid] });
  const call = await ended(emulator);

  expect(call.heard.map((heard) => heard.heard)).toEqual(["Who is there?", "What else?", "Bye"]);
  const [first, second] = app.received.filter(({ path }) => path.startsWith("/input"));
  expect(Object.fromEntries(first?.form ?? [])).toMatchObject({
    InputType: "speech",
    Speech: "It is me",
    SpeechConfidenceScore: "0.92",
    Digits: "",
    CallStatus: "in-progress",
  });
  expect(second?.form.get("SpeechConfidenceScore")).toBe("0.5");
  expect([call.hangupCauseCode, call.hangupSource]).toEqual([4010, "Answer XML"]);
});

test.each([
  [{ outcome: "busy" }, ["ring", "hangup"], "busy", "3010"],
  [{ outcome: "no-answer" }, ["ring", "hangup"], "no-answer", "3000"],
  [{ ringMs: 20_000 }, ["ring", "hangup"], "timeout", "3000"],
  [{ outcome: "fail" }, ["hangup"], "failed", "2000"],
] satisfies [CalleeScript, string[], string, string][])("unanswered: %j", async (callee, kinds, status, code) => {
  await using app = await startApp(() => "");
  await using emulator = await startPlivoEmulator({ callee });
  await plivoCalls(emulator).create(US, THEM, `${app.url}/answer`, {
    ringTimeout: 5,
    ringUrl: `${app.url}/ring`,
    hangupUrl: `${app.url}/hangup`,
  });
  const call = await ended(emulator);
  await emulator.waitFor(() => call.webhooks.length === kinds.length);
  expect(call.webhooks.map((webhook) => webhook.kind)).toEqual(kinds);
  const form = app.received.at(-1)?.form;
  expect([form?.get("CallStatus"), form?.get("HangupCauseCode"), form?.get("Duration")]).toEqual([status, code, "0"]);
  expect(form?.get("AnswerTime")).toBe("");
});

test("the time limit and a scheduled hang-up end the call", async () => {
  await using app = await startApp(({ path }) =>
    response(`${path === "/later" ? '<Hangup schedule="5"/>' : ""}<Wait length="600"/>`),
  );
  await using emulator = await startPlivoEmulator();
  const calls = plivoCalls(emulator);
  await calls.create(US, THEM, app.url, { timeLimit: 10 });
  const limited = await ended(emulator);
  expect(limited).toMatchObject({ status: "completed", hangupSource: "Plivo" });
  // On a busy machine the emulator's fast clock may run over the limit, but never towards the 600 s of the wait.
  expect(limited.durationSeconds).toBeGreaterThanOrEqual(10);
  expect(limited.durationSeconds).toBeLessThan(600);
  await calls.create(US, THEM, `${app.url}/later`);
  expect((await ended(emulator)).hangupSource).toBe("Answer XML");
});

test.each(["say", "gather", "pause"] as const)("the callee hangs up during %s", async (hangUpDuring) => {
  const farewell = "This is a farewell that nobody will hear to the end.";
  await using app = await startApp(() => response(`<Wait length="1"/>${getInput(`${app.url}/input`, farewell)}`));
  await using emulator = await startPlivoEmulator({ callee: { hangUpDuring, utterances: ["Hello"] } });
  const calls = plivoCalls(emulator);
  await calls.create(US, THEM, app.url);
  const call = await ended(emulator);
  expect([call.status, call.hangupSource]).toEqual(["completed", "Callee"]);
  expect(app.received.map(({ path }) => path)).toEqual(["/"]);
  expect(call.heard.map((heard) => heard.complete)).toEqual({ say: [false], gather: [true], pause: [] }[hangUpDuring]);
  await expect(calls.hangup(call.callUuid)).rejects.toThrow("status 404");
});

test("machine detection: before the document, beside it, or hanging up", async () => {
  await using app = await startApp(() => response('<Wait length="5"/>'));
  await using emulator = await startPlivoEmulator({ callee: { answeredBy: "machine" } });
  const place = async (params: object) => {
    await plivoCalls(emulator).create(US, THEM, `${app.url}/answer`, params);
    return ended(emulator);
  };
  await place({ machineDetection: "true" });
  expect(app.received[0]?.form.get("Machine")).toBe("true");

  await place({ machineDetection: "true", machineDetectionUrl: `${app.url}/machine` });
  const [answer, machine] = app.received.slice(1);
  expect([answer?.path, answer?.form.has("Machine")]).toEqual(["/answer", false]);
  expect([machine?.path, machine?.form.get("Machine"), machine?.form.get("IfMachine")]).toEqual([
    "/machine",
    "true",
    "continue",
  ]);
  expect(machine?.form.get("Event")).toBe("MachineDetection");

  const call = await place({ machineDetection: "hangup", hangupUrl: `${app.url}/hangup` });
  await emulator.waitFor(() => call.webhooks.length === 1);
  const last: ReceivedWebhook | undefined = app.received.at(-1);
  expect([last?.path, last?.form.get("HangupCauseCode"), last?.form.get("Machine")]).toEqual([
    "/hangup",
    "9100",
    "true",
  ]);
});

test("inbound: asked while it rings, answered at the first audio element, one hang-up callback", async () => {
  await using app = await startApp(({ path }) =>
    path === "/answer" ? response(getInput(`${app.url}/input`, "Welcome")) : response("<Speak>Bye</Speak>"),
  );
  await using emulator = await startPlivoEmulator();
  const call = emulator.inbound({
    from: THEM,
    to: US,
    answerUrl: `${app.url}/answer`,
    hangupUrl: `${app.url}/hangup`,
    caller: { utterances: ["Good morning"] },
  });
  await emulator.waitFor(() => call.webhooks.length === 3);
  expect(app.received.map(({ path, form }) => [path, form.get("CallStatus"), form.get("Direction")])).toEqual([
    ["/answer", "ringing", "inbound"],
    ["/input", "in-progress", "inbound"],
    ["/hangup", "completed", "inbound"],
  ]);
  expect(app.received[0]?.form.has("RequestUUID")).toBe(false);
  expect(app.received[0]?.form.get("From")).toBe(THEM.slice(1));
  expect(call.heard.map((heard) => heard.heard)).toEqual(["Welcome", "Bye"]);
});

test.each([
  ['<Hangup reason="rejected"/>', "failed", 3020],
  ['<Hangup reason="busy"/><Speak>never</Speak>', "busy", 3010],
])("inbound turned down with %s", async (inside, status, code) => {
  await using app = await startApp(() => response(inside));
  await using emulator = await startPlivoEmulator();
  const call = emulator.inbound({ from: "anonymous", to: US, answerUrl: app.url, hangupUrl: `${app.url}/hangup` });
  await emulator.waitFor(() => call.webhooks.length === 2);
  expect([call.status, call.hangupCauseCode, call.answeredAt, call.heard.length]).toEqual([status, code, null, 0]);
  expect(app.received[0]?.form.get("From")).toBe("anonymous");
});

test("a caller who gives up is told as such; a person plays the other party by either id", async () => {
  const hold = Promise.withResolvers<string>();
  await using app = await startApp(({ path }) => {
    switch (path) {
      case "/held":
        return hold.promise;
      case "/answer":
        return response(getInput(`${app.url}/input`, "Yes?"));
      default:
        return response("");
    }
  });
  await using emulator = await startPlivoEmulator();
  const impatient = emulator.inbound({ from: THEM, to: US, answerUrl: `${app.url}/held` });
  emulator.hangUp(impatient.callUuid);
  hold.resolve(response(""));
  expect([impatient.status, impatient.hangupSource]).toEqual(["no-answer", "Caller"]);

  const { requestUuid } = await plivoCalls(emulator).create(US, THEM, `${app.url}/answer`);
  const id = String(requestUuid);
  expect(emulator.say(id, "too early")).toBe(false);
  await emulator.onNextEvent((event) => event.type === "listening");
  expect(emulator.say(id, "Hello")).toBe(true);
  const call = await ended(emulator);
  expect(app.received.at(-1)?.form.get("Speech")).toBe("Hello");
  expect(call.hangupCauseCode).toBe(4010);
  expect(() => emulator.press("no such call", "1")).toThrow(RangeError);
});
