// The TwiML that a call's state asks for, read back with a strict XML parser.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CallState, Turn } from "../../src/call/state.ts";
import { parseXml, textOf, type XmlElement } from "../../src/emulator/xml.ts";
import { callId, document, liveCall, publicUrl, twilio } from "./twilio-fixture.ts";

const listening: Turn = { whose: "caller", accepts: ["t5", "t7"] };
const speaking = (text: string, next?: string): Turn => ({
  whose: "agent",
  utterance: { utteranceId: "u6", text, purpose: "say" },
  accepts: [],
  ...(next !== undefined && { next }),
});

function verbs(xml: string): XmlElement[] {
  return elements(parseXml(xml));
}

function elements(parent: XmlElement): XmlElement[] {
  return parent.children.filter((child) => typeof child !== "string");
}

/** `Gather(Say,Say) Redirect`. */
function outline(xml: string): string {
  return verbs(xml)
    .map((verb) =>
      elements(verb).length === 0
        ? verb.name
        : `${verb.name}(${elements(verb)
            .map((child) => child.name)
            .join()})`,
    )
    .join(" ");
}

const digits = [{ digitsId: "d4", digits: "1wW#", status: "sending" as const }];
const streams = { ...liveCall().traits, streams: true };
const ending = { reason: "hangup-bot", attempts: 1 } as const;

test.each<[string, Partial<CallState>, string]>([
  ["the agent's turn that opens the caller's", { turn: speaking("Hello", "t7") }, "Gather(Say)"],
  ["the agent's turn alone", { turn: speaking("Hello") }, "Say Redirect"],
  ["the caller's turn", { turn: listening }, "Gather"],
  ["nobody's turn in a conversation", {}, "Pause Redirect"],
  ["nobody's turn in a notify call", { mode: "notify" }, "Pause Hangup"],
  ["digits and the caller's turn", { digits, turn: listening }, "Play Gather"],
  ["digits in a notify call", { digits, mode: "notify" }, "Play Pause Hangup"],
  [
    "digits not handed over yet",
    { digits: [{ digitsId: "d4", digits: "1", status: "waiting" as const }] },
    "Pause Redirect",
  ],
  ["a line that streams", { traits: streams, turn: speaking("Hello", "t7") }, "Connect(Stream) Redirect"],
  ["digits on a line that streams", { traits: streams, digits }, "Play Connect(Stream) Redirect"],
  ["an ordered end of a line that streams", { traits: streams, ending }, "Hangup"],
  ["a line that will stream, once it is up", { traits: streams, phase: { name: "ringing" } }, "Pause Redirect"],
  ["an ordered end", { turn: speaking("Hello", "t7"), ending }, "Hangup"],
  ["a call that is over", { turn: listening, phase: { name: "ended", endedAt: 1, reason: "completed" } }, "Hangup"],
  ["a call not answered yet", { phase: { name: "dialling" } }, "Pause Redirect"],
  ["a call not answered yet, inbound", { direction: "inbound", phase: { name: "ringing" } }, "Pause Redirect"],
])("%s", (_what, changes, expected) => {
  expect(outline(document(twilio(), liveCall(changes)))).toBe(expected);
});

test("a turn is gathered by speech or keys, and its URL names call, turn, utterance and step", () => {
  const [gather] = verbs(document(twilio(), liveCall({ turn: speaking("Hello", "t7") })));
  const { action, ...attributes } = Object.fromEntries(gather?.attributes ?? []);
  expect(attributes).toEqual({
    input: "speech dtmf",
    method: "POST",
    timeout: "10",
    speechTimeout: "1",
    actionOnEmptyResult: "true",
    language: "en-US",
  });
  expect(action).toBe(`${publicUrl}?callId=${callId}&kind=turn&turn=t7&utterance=u6&step=7#rc=5&rp=ct,rt,5xx`);
});

test("the newest open turn is the one that is gathered", () => {
  const [gather] = verbs(document(twilio(), liveCall({ turn: listening })));
  expect(gather?.attributes.get("action")).toContain("&turn=t7&step=7#");
});

test.each([
  [1, "1"],
  [800, "1"],
  [1001, "2"],
  [5000, "5"],
])("a silence of %d ms is %s whole seconds", (silenceTimeoutMs, seconds) => {
  const [gather] = verbs(document(twilio({ silenceTimeoutMs }), liveCall({ turn: listening })));
  expect(gather?.attributes.get("speechTimeout")).toBe(seconds);
});

test("URLs keep the query of the public URL and its root path, and differ between steps", () => {
  const redirectOf = (url: string, callSeq: number): string =>
    textOf(verbs(document(twilio({ publicUrl: url }), liveCall({ callSeq })))[1] ?? "");
  expect(redirectOf("https://voice.example.test?tenant=1", 3)).toBe(
    `https://voice.example.test/?tenant=1&callId=${callId}&kind=hold&step=3#rc=5&rp=ct,rt,5xx`,
  );
  expect(redirectOf(publicUrl, 3)).not.toBe(redirectOf(publicUrl, 4));
});

test("a notify call is held a little longer than our own hang-up takes", () => {
  const [pause] = verbs(document(twilio(), liveCall({ mode: "notify" })));
  expect(pause?.attributes.get("length")).toBe("5");
});

test("a second's pause in digits is two halves", () => {
  const [play] = verbs(document(twilio(), liveCall({ digits })));
  expect(play?.attributes.get("digits")).toBe("1www#");
});

test("whatever the text holds, the document is well-formed and speaks its speakable part", () => {
  const unit = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom("<", "&", ">", '"', "'", "]]>", "<![CDATA[", "\0", "\uFFFE", "\uD800", "\uDC00", "😀", "\r\n"),
  );
  const carrier = twilio();
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 40 }), (parts) => {
      const text = parts.join("");
      const [gather] = verbs(document(carrier, liveCall({ turn: speaking(text, "t7") })));
      const spoken = gather === undefined ? "" : textOf(gather);
      expect(squeezed(spoken)).toBe(squeezed(speakable(text)));
    }),
    { numRuns: 1000 },
  );
});

function speakable(text: string): string {
  return text.toWellFormed().replace(/[\uFFFE\uFFFF]/g, "");
}

function squeezed(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, "");
}

test("a long text is parted at sentences, else at words, else between characters, and loses nothing", () => {
  const cases = [
    "One sentence more. ".repeat(420),
    "word ".repeat(1600),
    "😀".repeat(4000),
    "长句子。".repeat(2000),
    `${"x".repeat(2999)}😀${"y".repeat(4999)}`,
  ];
  for (const text of cases) {
    const says = elements(
      verbs(document(twilio(), liveCall({ turn: speaking(text, "t7") })))[0] ?? parseXml("<x/>"),
    ).map(textOf);
    expect(says.length).toBeGreaterThan(1);
    expect(Math.max(...says.map((said) => said.length))).toBeLessThanOrEqual(3000);
    expect(squeezed(says.join(""))).toBe(squeezed(text));
    expect(says.every((said) => said.isWellFormed())).toBe(true);
  }
  const sentences = elements(
    verbs(document(twilio(), liveCall({ turn: speaking(cases[0] ?? "", "t7") })))[0] ?? parseXml("<x/>"),
  );
  expect(sentences.every((said) => textOf(said).endsWith("."))).toBe(true);
});

test("the longest text stays within what Twilio reads", () => {
  const { maxTextLength } = twilio().capabilities;
  const body = document(twilio(), liveCall({ turn: speaking("'".repeat(maxTextLength), "t7") }));
  expect(Buffer.byteLength(body)).toBeLessThan(64_000);
});

test("replies that are no documents of a call", () => {
  const { webhooks } = twilio();
  expect(webhooks?.acknowledgement()).toEqual({
    status: 200,
    contentType: "text/xml; charset=utf-8",
    body: "<Response></Response>",
  });
  expect(webhooks?.refusal("busy").body).toBe('<Response><Reject reason="busy"/></Response>');
  expect(webhooks?.refusal("rejected").body).toBe('<Response><Reject reason="rejected"/></Response>');
  expect(webhooks?.refusal("unknown").body).toBe("<Response><Hangup/></Response>");
});

test.each<[string, string | undefined, "notify" | "conversation", boolean]>([
  ["short", "Hello", "notify", true],
  ["short, in a conversation", "Hello", "conversation", false],
  ["none", undefined, "notify", false],
  ["long", "x".repeat(4000), "notify", false],
  ["long once escaped", "&".repeat(1000), "notify", false],
])("an opening handed over with the dial: %s", (_what, message, mode, inlineOpening) => {
  expect(twilio().traits({ mode, message, streams: false })).toMatchObject({
    gathers: true,
    answersByReply: true,
    inlineOpening,
  });
});
