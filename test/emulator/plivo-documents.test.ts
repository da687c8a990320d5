// Documents on the Plivo emulator: GetInput, keys, what cannot be run, and the fallback.
import { expect, test } from "vitest";
import { startPlivoEmulator, type CalleeScript } from "../../src/emulator/index.ts";
import { ended, getInput, plivoCalls, transferCall } from "./plivo-sdk.ts";
import { THEM, US } from "./sdk.ts";
import { startApp, twiml as response, type AppReply } from "./webhook-app.ts";

const UNKNOWN = "<Say>Hello</Say>";

test("GetInput: silence runs the next element and tells nobody; keys end at the finish key; barge-in cuts the prompt", async () => {
  let inside = "";
  await using app = await startApp(({ path }) => response(path === "/answer" ? inside : "<Speak>Got you</Speak>"));
  await using emulator = await startPlivoEmulator();
  const place = async (callee: CalleeScript, xml: string) => {
    inside = xml;
    emulator.script(THEM, callee);
    await plivoCalls(emulator).create(US, THEM, `${app.url}/answer`);
    return ended(emulator);
  };
  const silent = await place({}, `${getInput(`${app.url}/no`, "Hm?")}<Speak>Nothing heard</Speak>`);
  expect(silent.heard.map((heard) => heard.text)).toEqual(["Hm?", "Nothing heard"]);
  expect(app.received.map(({ path }) => path)).toEqual(["/answer"]);

  await place({ utterances: [{ digits: "42#" }] }, getInput(`${app.url}/keys`, "Press"));
  const keys = app.received.at(-1)?.form;
  expect([keys?.get("InputType"), keys?.get("Digits"), keys?.get("Speech")]).toEqual(["dtmf", "42", ""]);

  const cut = await place(
    { utterances: [{ text: "Stop", bargeIn: true, afterMs: 1000 }] },
    getInput(`${app.url}/barge`, "A long story. ".repeat(20)),
  );
  expect(cut.heard[0]?.complete).toBe(false);
  expect(cut.heard[0]?.heard.length).toBeLessThan(200);
  expect(cut.heard[1]?.heard).toBe("Got you");

  const told = await place(
    { utterances: ["Yes"] },
    `<GetInput inputType="speech" redirect="false" action="${app.url}/told"/><Speak>Thanks</Speak>`,
  );
  expect(app.received.at(-1)?.form.get("Speech")).toBe("Yes");
  expect(told.heard.map((heard) => heard.heard)).toEqual(["Thanks"]);
});

test("keys reach the callee by XML, by REST, and right after the answer", async () => {
  await using app = await startApp(() => response('<DTMF>1w2</DTMF><Wait length="20"/>'));
  await using emulator = await startPlivoEmulator();
  const calls = plivoCalls(emulator);
  await calls.create(US, THEM, app.url, { sendDigits: "9" });
  await emulator.waitFor(() => emulator.calls[0]?.digits === "91w2");
  const sent = await calls.sendDigits(String(emulator.calls[0]?.callUuid), "55#", {});
  expect(sent).toMatchObject({ message: "digits sent" });
  await emulator.waitFor(() => emulator.calls[0]?.digits === "91w255#");
});

test.each([
  ["answer", () => ({ status: 500 }), 7011, "Error Reaching Answer URL"],
  ["answer", () => "<Response><Speak>fish & chips</Speak></Response>", 8011, "Invalid Answer XML"],
  ["answer", () => "<Reply/>", 8011, "Invalid Answer XML"],
  ["answer", () => "", 8011, "Invalid Answer XML"],
  ["answer", () => ({ type: "application/json", body: "{}" }), 8011, "Invalid Answer XML"],
  ["answer", () => response(`<Speak>${"x".repeat(110_000)}</Speak>`), 8011, "Invalid Answer XML"],
  ["answer", () => response(UNKNOWN), 8011, "Invalid Answer XML"],
  ["action", () => ({ status: 404 }), 7012, "Error Reaching Action URL"],
  ["redirect", () => "<Response>", 8014, "Invalid Redirect XML"],
  ["transfer", () => "<Response>", 8013, "Invalid Transfer XML"],
] satisfies [string, () => AppReply | string, number, string][])(
  "a bad %s document ends the call: %s %i",
  async (kind, bad, code, name) => {
    const first = new Map([
      ["action", (url: string) => getInput(`${url}/bad`, "Hi")],
      ["redirect", (url: string) => `<Redirect>${url}/bad</Redirect>`],
      ["transfer", () => '<Wait length="600"/>'],
    ]).get(kind);
    await using app = await startApp(({ path }) => {
      if (path === "/hangup") {
        return "";
      }
      return path === "/bad" || first === undefined ? bad() : response(first(app.url));
    });
    await using emulator = await startPlivoEmulator({
      retryGapMs: 1,
      unknownElements: "hang-up",
      callee: { utterances: ["Hello"] },
    });
    const calls = plivoCalls(emulator);
    await calls.create(US, THEM, `${app.url}/answer`, { hangupUrl: `${app.url}/hangup` });
    if (kind === "transfer") {
      await emulator.waitFor(() => emulator.calls[0]?.documents.length === 1);
      await transferCall(calls, String(emulator.calls[0]?.callUuid), `${app.url}/bad`);
    }
    const call = await ended(emulator);
    await emulator.waitFor(() => call.webhooks.at(-1)?.kind === "hangup");
    const form = Object.fromEntries(app.received.at(-1)?.form ?? []);
    expect(form).toMatchObject({ HangupCauseCode: String(code), HangupCauseName: name, HangupSource: "Error" });
    expect(form["CallStatus"]).toBe("completed");
    expect(call.warnings[0]).toMatch(new RegExp(`^${code} `));
  },
);

test("the fallback URL takes over after three tries; unknown elements and attributes are only warned about", async () => {
  await using app = await startApp(({ path }) =>
    path === "/answer" ? { status: 503 } : response(`${UNKNOWN}<Record/><Speak mood="glad">Sorry</Speak>`),
  );
  await using emulator = await startPlivoEmulator({ retryGapMs: 1 });
  await plivoCalls(emulator).create(US, THEM, `${app.url}/answer`, { fallbackUrl: `${app.url}/fallback` });
  const call = await ended(emulator);
  expect(app.received.map(({ path }) => path)).toEqual(["/answer", "/answer", "/answer", "/fallback"]);
  expect(call.heard.map((heard) => heard.heard)).toEqual(["Sorry"]);
  expect(call.warnings).toEqual([
    expect.stringMatching(/^7011 /),
    "<Say> is not an element of Plivo's; skipped",
    "<Record> is not emulated; skipped",
    "attribute mood is not allowed on <Speak>",
  ]);
});
