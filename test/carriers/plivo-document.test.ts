// The Plivo XML that a call's state asks for, read back with a strict parser and with the emulator's own reader.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CallState, Turn } from "../../src/call/state.ts";
import { parsePlivoXml } from "../../src/emulator/plivo/plivo-xml.ts";
import { parseXml, textOf, type XmlElement } from "../../src/emulator/xml.ts";
import { callId, document, liveCall, plivo, publicUrl, webhooksOf } from "./plivo-fixture.ts";

const listening: Turn = { whose: "caller", accepts: ["t5", "t7"] };
const speaking = (text: string, next?: string): Turn => ({
  whose: "agent",
  utterance: { utteranceId: "u6", text, purpose: "say" },
  accepts: [],
  ...(next !== undefined && { next }),
});

function elements(parent: XmlElement): XmlElement[] {
  return parent.children.filter((child) => typeof child !== "string");
}

/** `GetInput(Speak) Redirect`; fails for what Plivo would warn of. */
function outline(xml: string): string {
  expect(parsePlivoXml(xml, "hang-up").warnings).toEqual([]);
  return elements(parseXml(xml))
    .map((element) => {
      const nested = elements(element).map((child) => child.name);
      return nested.length === 0 ? element.name : `${element.name}(${nested.join()})`;
    })
    .join(" ");
}

const digits = [{ digitsId: "d4", digits: "1wW#", status: "sending" as const }];
const playing = [{ digitsId: "d4", digits: "1wW#", status: "playing" as const }];
const streams = { ...liveCall().traits, streams: true };
const ending = { reason: "hangup-bot", attempts: 1 } as const;

test.each<[string, Partial<CallState>, string]>([
  ["the agent's turn that opens the caller's", { turn: speaking("Hello", "t7") }, "GetInput(Speak) Redirect"],
  ["the agent's turn alone", { turn: speaking("Hello") }, "Speak Redirect"],
  ["the agent's turn alone in a notify call", { mode: "notify", turn: speaking("Hello") }, "Speak Redirect"],
  ["the caller's turn", { turn: listening }, "GetInput Redirect"],
  ["nobody's turn in a conversation", {}, "Wait Redirect"],
  ["nobody's turn in a notify call", { mode: "notify" }, "Wait Hangup"],
  ["digits and the caller's turn", { digits, turn: listening }, "DTMF GetInput Redirect"],
  ["digits that are being played already", { digits: playing, turn: listening }, "GetInput Redirect"],
  ["digits in a notify call", { digits, mode: "notify" }, "DTMF Wait Hangup"],
  ["a line that streams", { traits: streams, turn: speaking("Hello", "t7") }, "Stream Redirect"],
  ["an ordered end of a line that streams", { traits: streams, ending }, "Hangup"],
  ["a line that will stream, once it is up", { traits: streams, phase: { name: "ringing" } }, "Wait Redirect"],
  ["an ordered end", { turn: speaking("Hello", "t7"), ending }, "Hangup"],
  ["a call that is over", { turn: listening, phase: { name: "ended", endedAt: 1, reason: "completed" } }, "Hangup"],
  ["a call not answered yet", { phase: { name: "dialling" } }, "Wait Redirect"],
  ["a call not answered yet, inbound", { direction: "inbound", phase: { name: "ringing" } }, "Wait Redirect"],
])("%s", (_what, changes, expected) => {
  expect(outline(document(plivo(), liveCall(changes)))).toBe(expected);
});

test("a turn hears speech or keys, and silence falls through to the same URL without words", () => {
  const [input, redirect] = elements(parseXml(document(plivo(), liveCall({ turn: speaking("Hello", "t7") }))));
  const { action, ...attributes } = Object.fromEntries(input?.attributes ?? []);
  expect(attributes).toEqual({
    method: "POST",
    inputType: "dtmf speech",
    executionTimeout: "60",
    digitEndTimeout: "3",
    speechEndTimeout: "2",
    language: "en-US",
  });
  expect(action).toBe(`${publicUrl}?callId=${callId}&kind=turn&turn=t7&utterance=u6&step=7#rc=5&rp=ct,rt,5xx`);
  expect(redirect?.attributes.get("method")).toBe("POST");
  expect(textOf(redirect ?? "")).toBe(action);
});

test.each([
  [1, "2"],
  [2001, "3"],
  [60_000, "10"],
])("a silence of %d ms is %s whole seconds", (silenceTimeoutMs, seconds) => {
  const xml = document(plivo({ silenceTimeoutMs }), liveCall({ turn: listening }));
  expect(elements(parseXml(xml))[0]?.attributes.get("speechEndTimeout")).toBe(seconds);
});

test("digits keep their pauses, and a notify call is held a little longer than our own hang-up takes", () => {
  const [dtmf, wait] = elements(parseXml(document(plivo(), liveCall({ digits, mode: "notify" }))));
  expect(textOf(dtmf ?? "")).toBe("1wW#");
  expect(wait?.attributes.get("length")).toBe("5");
});

test("URLs keep the query of the public URL, quotes and all, and differ between steps", () => {
  const carrier = plivo({ publicUrl: "https://voice.example.test/v?a='1\"&b=<2>" });
  const redirectOf = (callSeq: number): string =>
    textOf(elements(parseXml(document(carrier, liveCall({ callSeq }))))[1] ?? "");
  expect(redirectOf(3)).toBe(
    `https://voice.example.test/v?a='1"&b=<2>&callId=${callId}&kind=hold&step=3#rc=5&rp=ct,rt,5xx`,
  );
  expect(redirectOf(3)).not.toBe(redirectOf(4));
});

test("whatever the text holds, the document is well-formed and speaks its speakable part", () => {
  const unit = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom("<", "&", ">", '"', "'", "]]>", "<![CDATA[", "&quot;", "\0", "\uFFFE", "\uD800", "😀", "\r\n"),
  );
  const carrier = plivo();
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 40 }), (parts) => {
      const text = parts.join("");
      const [input] = elements(parseXml(document(carrier, liveCall({ turn: speaking(text, "t7") }))));
      expect(squeezed(input === undefined ? "" : textOf(input))).toBe(squeezed(speakable(text)));
    }),
    { numRuns: 500 },
  );
});

function speakable(text: string): string {
  return text.toWellFormed().replace(/[\uFFFE\uFFFF]/g, "");
}

function squeezed(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, "");
}

test("a long text is spoken in parts that Plivo takes, and loses nothing", () => {
  for (const text of [
    "One sentence more. ".repeat(420),
    "word ".repeat(1600),
    "😀".repeat(4000),
    "长句子。".repeat(2000),
  ]) {
    const [input] = elements(parseXml(document(plivo(), liveCall({ turn: speaking(text, "t7") }))));
    const spoken = input === undefined ? [] : elements(input).map((child) => textOf(child));
    expect(spoken.length).toBeGreaterThan(1);
    expect(Math.max(...spoken.map((part) => part.length))).toBeLessThanOrEqual(3000);
    expect(spoken.every((part) => part.isWellFormed())).toBe(true);
    expect(squeezed(spoken.join(""))).toBe(squeezed(text));
  }
});

test("the longest text stays within what Plivo reads", () => {
  const carrier = plivo();
  const text = "'".repeat(carrier.capabilities.maxTextLength);
  expect(Buffer.byteLength(document(carrier, liveCall({ turn: speaking(text, "t7") })))).toBeLessThan(100_000);
});

test("replies that are no documents of a call", () => {
  const webhooks = webhooksOf(plivo());
  expect(webhooks.acknowledgement()).toEqual({
    status: 200,
    contentType: "text/xml; charset=utf-8",
    body: "<Response></Response>",
  });
  expect(webhooks.refusal("busy").body).toBe('<Response><Hangup reason="busy"/></Response>');
  expect(webhooks.refusal("rejected").body).toBe('<Response><Hangup reason="rejected"/></Response>');
  expect(webhooks.refusal("unknown").body).toBe("<Response><Hangup/></Response>");
});

test("how calls work on Plivo", () => {
  const carrier = plivo();
  expect(carrier.traits({ mode: "notify", message: "Hi", streams: false })).toMatchObject({
    gathers: true,
    answersByReply: true,
    inlineOpening: false,
  });
  expect(carrier.capabilities).toMatchObject({ webhooks: true, lookUp: true, sendDigits: true });
});
