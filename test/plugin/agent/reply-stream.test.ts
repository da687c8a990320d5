import fc from "fast-check";
import { expect, test } from "vitest";
import { ReplyStream } from "../../../src/plugin/agent/reply-stream.ts";

/** What is handed on of messages that are streamed in pieces, and then of the finished reply. */
function spoken(messages: string[][], ...finished: string[]): string {
  const reply = new ReplyStream();
  const out = messages.map((pieces) => {
    reply.begin();
    return pieces.map((_, index) => reply.grow({ text: pieces.slice(0, index + 1).join("") })).join("");
  });
  return [...out, reply.rest(finished.map((text) => ({ text })))].join("");
}

test("whatever the pieces, a streamed reply is handed on whole, and its payload adds nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { minLength: 1 }), (pieces) => {
      expect(spoken([pieces], pieces.join(""))).toBe(pieces.join(""));
    }),
  );
});

test("a payload that goes on where the stream ended adds only its rest", () => {
  fc.assert(
    fc.property(fc.nat(60), (cut) => {
      const whole = "It opens at nine, and closes at six. See you tomorrow then.";
      const heard = spoken([[whole.slice(0, cut)]], whole);
      expect(heard.replace(/\W+/g, "")).toBe(whole.replace(/\W+/g, ""));
    }),
  );
});

test("two messages do not run into one sentence, and a message that says nothing leaves no trace", () => {
  expect(spoken([["Let me look"], [], ["It is nine."]])).toBe("Let me look\nIt is nine.");
});

test("a message that the host rewrites is not spoken in halves: it waits for its end", () => {
  const reply = new ReplyStream();
  reply.begin();
  expect(reply.grow({ text: "I think it is" })).toBe("I think it is");
  expect(reply.grow({ text: "Sorry, it is six." })).toBe("");
  expect(reply.rest([{ text: "Sorry, it is six." }])).toBe("\nSorry, it is six.");
});

test.each([
  ["Goodbye. [[end_call]]", true],
  ["Goodbye. [[ END_CALL ]]", true],
  ['{"spoken":"Goodbye.","endCall":true}', true],
  ['{"spoken":"Goodbye.","endCall":false}', false],
  ["I will not end call now.", false],
])("%s asks for the end of the call: %s", (text, ends) => {
  for (const streamed of [[[text]], []]) {
    const reply = new ReplyStream();
    for (const [piece] of streamed) reply.grow({ text: piece });
    reply.rest([{ text }]);
    expect([reply.endsCall, reply.isAudible]).toEqual([ends, true]);
  }
});

test("commentary, reasoning and errors are never handed on, and silent words cannot be heard", () => {
  const reply = new ReplyStream();
  expect(reply.grow({ text: "Looking it up", phase: "commentary" })).toBe("");
  const hidden = [
    { text: "a", isError: true },
    { text: "b", isReasoning: true },
    { text: "c", isCommentary: true },
    { text: "NO_REPLY" },
    {},
  ];
  expect(reply.rest(hidden)).toBe("");
  expect([reply.isAudible, reply.endsCall]).toEqual([false, false]);
});
