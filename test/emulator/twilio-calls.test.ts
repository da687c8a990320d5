// Calls on the Twilio emulator: outcomes, documents, conversations, inbound calls.
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { expect, test } from "vitest";
import {
  startTwilioEmulator,
  type CalleeScript,
  type EmulatedCall,
  type TwilioEmulator,
} from "../../src/emulator/index.ts";
import { refusal, sdkFor, THEM, US } from "./sdk.ts";
import { startApp, twiml } from "./webhook-app.ts";

const EVENTS = ["initiated", "ringing", "answered", "completed"];

async function ended(emulator: TwilioEmulator): Promise<EmulatedCall> {
  await emulator.waitFor(() => emulator.calls.at(-1)?.endedAt != null);
  const call = emulator.calls.at(-1);
  if (call === undefined) {
    throw new Error("no call");
  }
  return call;
}

function statuses(call: EmulatedCall): (string | undefined)[] {
  return call.webhooks.filter((hook) => hook.kind === "status").map((hook) => hook.params["CallStatus"]);
}

test("notify: pushed TwiML, a redirect, four status callbacks, everything signed", async () => {
  await using app = await startApp(({ path }) =>
    path === "/more?x=1" ? twiml("<Say>Goodbye</Say><Hangup/><Say>never</Say>") : "",
  );
  const publicUrl = "https://voice.example.test";
  await using emulator = await startTwilioEmulator({
    routes: [{ public: publicUrl, target: app.url }],
  });
  await sdkFor(emulator).calls.create({
    to: THEM,
    from: US,
    twiml: twiml(`<Say>Fish &amp; chips</Say><Redirect>${publicUrl}/more?x=1</Redirect>`),
    statusCallback: `${publicUrl}/status#rc=2`,
    statusCallbackEvent: EVENTS,
  });
  const call = await ended(emulator);
  await emulator.waitFor(() => call.webhooks.length === 5);

  expect(call.heard.map((heard) => heard.heard)).toEqual(["Fish & chips", "Goodbye"]);
  expect(statuses(call)).toEqual(["initiated", "ringing", "in-progress", "completed"]);
  const callbacks = call.webhooks.filter((hook) => hook.kind === "status");
  expect(callbacks.map((hook) => hook.params["SequenceNumber"])).toEqual(["0", "1", "2", "3"]);
  const last = callbacks.at(-1);
  expect(last?.params).toMatchObject({
    CallDuration: expect.stringMatching(/^[1-9]\d*$/),
    CallbackSource: "call-progress-events",
    AccountSid: emulator.accountSid,
  });
  expect(last?.params["Timestamp"]).toMatch(/^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} \+0000$/);
  expect(last?.url).toBe(`${publicUrl}/status`);
  for (const webhook of app.received) {
    const { host, "x-forwarded-proto": proto, "x-twilio-signature": signature } = webhook.headers;
    expect([host, proto]).toEqual(["voice.example.test", "https"]);
    const fields = Object.fromEntries(webhook.form);
    expect(validateRequest(emulator.authToken, String(signature), publicUrl + webhook.path, fields)).toBe(true);
  }
});

function gather(turn: number, text: string): string {
  return `<Gather input="speech" action="/turn?n=${turn}" actionOnEmptyResult="true" speechTimeout="auto"><Say>${text}</Say></Gather>`;
}

test("a conversation of two turns, the reply pushed by update while the call waits", async () => {
  await using app = await startApp(({ path }) => {
    switch (path) {
      case "/voice":
        return twiml(gather(1, "Who is there?"));
      case "/turn?n=1":
        return twiml("<Pause length='60'/>");
      default:
        return twiml("<Say>Bye</Say>");
    }
  });
  await using emulator = await startTwilioEmulator();
  emulator.script(THEM, { utterances: ["It is me", { text: "Nothing else", confidence: 0.5 }] });
  const { calls } = sdkFor(emulator);
  const { sid } = await calls.create({ to: THEM, from: US, url: `${app.url}/voice` });
  await emulator.waitFor(() => emulator.calls[0]?.documents.length === 2);
  await calls(sid).update({
    twiml: twiml(gather(2, "What else?").replace("/turn", `${app.url}/turn`)),
  });
  const call = await ended(emulator);

  expect(call.heard.map((heard) => heard.heard)).toEqual(["Who is there?", "What else?", "Bye"]);
  const [first, second] = app.received.filter((webhook) => webhook.path.startsWith("/turn"));
  expect(first?.form.get("SpeechResult")).toBe("It is me");
  expect(second?.form.get("SpeechResult")).toBe("Nothing else");
  expect(second?.form.get("Confidence")).toBe("0.5");
  expect(app.received[0]?.form.get("CallStatus")).toBe("in-progress");
  expect(app.received[0]?.form.get("Direction")).toBe("outbound-api");
});

test("Gather: silence falls through, or is reported when asked; digits end at the finish key; barge-in cuts the prompt", async () => {
  await using app = await startApp(({ path }) => (path === "/barge" ? twiml("<Say>Got you</Say>") : twiml("")));
  await using emulator = await startTwilioEmulator();
  const { calls } = sdkFor(emulator);
  const place = async (callee: CalleeScript, inside: string) => {
    emulator.script(THEM, callee);
    await calls.create({ to: THEM, from: US, twiml: twiml(inside) });
    return ended(emulator);
  };
  const silent = await place({}, `<Gather input="speech" action="${app.url}/no"/><Say>Nothing heard</Say>`);
  expect(silent.heard.map((heard) => heard.text)).toEqual(["Nothing heard"]);
  expect(app.received).toEqual([]);

  await place({}, `<Gather input="speech" timeout="1" actionOnEmptyResult="true" action="${app.url}/empty"/>`);
  expect(app.received.at(-1)?.form.get("SpeechResult")).toBe("");

  await place({ utterances: [{ digits: "42#" }] }, `<Gather input="dtmf speech" action="${app.url}/keys"/>`);
  const keys = app.received.at(-1)?.form;
  expect([keys?.get("Digits"), keys?.get("FinishedOnKey"), keys?.has("SpeechResult")]).toEqual(["42", "#", false]);

  const cut = await place(
    { utterances: [{ text: "Stop", bargeIn: true, afterMs: 1000 }] },
    `<Gather input="speech" action="${app.url}/barge"><Say>${"A long story. ".repeat(20)}</Say></Gather>`,
  );
  const [story, after] = cut.heard;
  expect(story?.complete).toBe(false);
  expect(story?.heard.length).toBeLessThan(200);
  expect(after?.heard).toBe("Got you");
});

test("a relative URL in pushed TwiML, bad documents and bad replies are application errors", async () => {
  const replies = {
    "/xml": "<Response><Say>fish & chips</Say></Response>",
    "/root": "<Reply/>",
    "/empty": "",
    "/large": twiml(`<Say>${"x".repeat(70_000)}</Say>`),
    "/type": { type: "application/json", body: "{}" },
    "/status": { status: 500, body: twiml("") },
  } as const;
  const byPath: ReadonlyMap<string, string | { type?: string; status?: number; body: string }> = new Map(
    Object.entries(replies),
  );
  await using app = await startApp(({ path }) => byPath.get(path) ?? "");
  await using emulator = await startTwilioEmulator({ scale: 0.005 });
  const { calls } = sdkFor(emulator);
  const failing = [
    { twiml: twiml("<Redirect>/more</Redirect>") },
    ...Object.keys(replies).map((path) => ({ url: app.url + path })),
  ];
  const codes: (string | undefined)[] = [];
  for (const document of failing) {
    await calls.create({ to: THEM, from: US, ...document });
    const call = await ended(emulator);
    expect(call.heard.map((heard) => heard.kind)).toEqual(["application-error"]);
    expect(call.status).toBe("completed");
    codes.push(call.warnings[0]?.slice(0, 5));
  }
  expect(codes).toEqual(["11100", "12100", "12100", "12100", "11750", "12300", "11200"]);
});

test("the fallback URL takes over, and unknown verbs and attributes are only warned about", async () => {
  await using app = await startApp(({ path }) =>
    path === "/voice" ? { status: 503 } : twiml('<Dance/><Say mood="glad">Sorry</Say>'),
  );
  await using emulator = await startTwilioEmulator();
  await sdkFor(emulator).calls.create({
    to: THEM,
    from: US,
    url: `${app.url}/voice`,
    fallbackUrl: `${app.url}/fallback`,
  });
  const call = await ended(emulator);
  expect(call.heard.map((heard) => heard.heard)).toEqual(["Sorry"]);
  expect(app.received[1]?.form.get("ErrorCode")).toBe("11200");
  expect(app.received[1]?.form.get("ErrorUrl")).toBe(`${app.url}/voice`);
  expect(call.warnings.filter((warning) => warning.startsWith("12200"))).toHaveLength(2);
});

test.each([
  [{ outcome: "busy" }, ["initiated", "busy"], "486"],
  [{ outcome: "no-answer" }, ["initiated", "ringing", "no-answer"], "487"],
  [{ ringMs: 20_000 }, ["initiated", "ringing", "no-answer"], "487"],
  [{ outcome: "fail" }, ["initiated", "failed"], "404"],
] satisfies [CalleeScript, string[], string][])("unanswered: %j", async (callee, expected, sip) => {
  await using app = await startApp(() => ({ status: 204 }));
  await using emulator = await startTwilioEmulator({ callee });
  await sdkFor(emulator).calls.create({
    to: THEM,
    from: US,
    url: `${app.url}/voice`,
    timeout: 5,
    statusCallback: `${app.url}/status`,
    statusCallbackEvent: EVENTS,
  });
  const call = await ended(emulator);
  await emulator.waitFor(() => call.webhooks.length === expected.length);
  expect(statuses(call)).toEqual(expected);
  expect(call.webhooks.at(-1)?.params).toMatchObject({ CallDuration: "0", SipResponseCode: sip });
  expect(app.received.map((webhook) => webhook.path)).not.toContain("/voice");
});

test("canceled while ringing; refused once answered; the time limit ends the call", async () => {
  await using emulator = await startTwilioEmulator({ callee: { ringMs: 10_000 } });
  const { calls } = sdkFor(emulator);
  const wait = twiml("<Pause length='600'/>");
  const { sid } = await calls.create({ to: THEM, from: US, twiml: wait });
  expect((await calls(sid).update({ status: "completed" })).status).toBe("canceled");

  emulator.script(THEM, { ringMs: 0 });
  const limited = await calls.create({ to: THEM, from: US, twiml: wait, timeLimit: 10 });
  await emulator.waitFor(() => emulator.calls[1]?.status === "in-progress");
  expect(await refusal(calls(limited.sid).update({ status: "canceled" }))).toMatchObject({
    code: 21220,
  });
  const call = await ended(emulator);
  expect([call.status, call.durationSeconds]).toEqual(["completed", expect.closeTo(10, -1)]);
});

test.each(["say", "gather", "pause"] as const)("the callee hangs up during %s", async (hangUpDuring) => {
  await using app = await startApp(() => twiml(""));
  await using emulator = await startTwilioEmulator({
    callee: { hangUpDuring, utterances: ["Hello"] },
  });
  const farewell = "This is a farewell that nobody will hear to the end.";
  await sdkFor(emulator).calls.create({
    to: THEM,
    from: US,
    twiml: twiml(`<Pause length="1"/><Gather input="speech" action="${app.url}/turn"><Say>${farewell}</Say></Gather>`),
  });
  const call = await ended(emulator);
  expect(call.status).toBe("completed");
  expect(app.received).toEqual([]);
  expect(call.heard.map((heard) => heard.complete)).toEqual({ say: [false], gather: [true], pause: [] }[hangUpDuring]);
});

test("the callee's reply may depend on what was heard, and it may hang up after its turns", async () => {
  await using app = await startApp(({ form }) =>
    twiml(`<Gather input="speech" action="/"><Say>${form.get("SpeechResult") ?? "one"} more</Say></Gather>`),
  );
  await using emulator = await startTwilioEmulator({
    callee: { reply: (heard, turn) => `${turn} ${heard}`, hangUpAfterTurns: 2 },
  });
  await sdkFor(emulator).calls.create({ to: THEM, from: US, url: app.url });
  const call = await ended(emulator);
  expect(call.heard.map((heard) => heard.heard)).toEqual(["one more", "0 one more more", "1 0 one more more more"]);
});

test("answering machine detection: before the document, or apart from it", async () => {
  await using app = await startApp(() => twiml("<Pause length='5'/>"));
  await using emulator = await startTwilioEmulator({ callee: { answeredBy: "machine_start" } });
  const { calls } = sdkFor(emulator);
  await calls.create({
    to: THEM,
    from: US,
    url: `${app.url}/voice`,
    machineDetection: "Enable",
    sendDigits: "12w3",
  });
  const call = await ended(emulator);
  expect(app.received[0]?.form.get("AnsweredBy")).toBe("machine_start");
  expect(call.digits).toBe("12w3");

  await calls.create({
    to: THEM,
    from: US,
    url: `${app.url}/later`,
    machineDetection: "Enable",
    asyncAmd: "true",
    asyncAmdStatusCallback: `${app.url}/amd`,
  });
  await ended(emulator);
  expect(app.received.slice(1).map(({ path, form }) => [path, form.get("AnsweredBy")])).toEqual([
    ["/later", null],
    ["/amd", "machine_start"],
  ]);
});

test("inbound: answered at the first verb, one status callback at the end", async () => {
  await using app = await startApp(({ path }) =>
    path === "/voice"
      ? twiml('<Gather input="speech" action="turn"><Say>Welcome</Say></Gather>')
      : twiml("<Say>Bye</Say>"),
  );
  await using emulator = await startTwilioEmulator();
  const call = emulator.inbound({
    from: THEM,
    to: US,
    voiceUrl: `${app.url}/voice`,
    statusCallbackUrl: `${app.url}/status`,
    caller: { utterances: ["Good morning"] },
  });
  await emulator.waitFor(() => call.webhooks.length === 3);
  expect(app.received.map(({ path, form }) => [path, form.get("CallStatus"), form.get("Direction")])).toEqual([
    ["/voice", "ringing", "inbound"],
    ["/turn", "in-progress", "inbound"],
    ["/status", "completed", "inbound"],
  ]);
  expect(app.received[2]?.form.get("SequenceNumber")).toBe("0");
  expect(call.heard.map((heard) => heard.heard)).toEqual(["Welcome", "Bye"]);
});

test.each([
  ["<Reject/>", "no-answer"],
  ['<Reject reason="busy"/><Say>never</Say>', "busy"],
])("inbound turned down with %s", async (inside, status) => {
  await using app = await startApp(() => twiml(inside));
  await using emulator = await startTwilioEmulator();
  const call = emulator.inbound({ from: THEM, to: US, voiceUrl: `${app.url}/voice` });
  await emulator.waitFor(() => call.endedAt !== null);
  expect([call.status, call.answeredAt, call.heard.length]).toEqual([status, null, 0]);
  expect(app.received).toHaveLength(1);
});
