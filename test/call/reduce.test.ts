import { describe, expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { replay } from "../../src/call/reduce.ts";
import { interrupted, owed } from "../../src/call/resume.ts";
import { viewOf } from "../../src/call/view.ts";
import { TestCall, gathering } from "./calls.ts";

const started = (utteranceId: string) => ({ type: "started", utteranceId }) as const;
const played = (utteranceId: string) => ({ type: "played", utteranceId }) as const;

describe("an outbound call", () => {
  test("dials once, and its phases go through OpenClaw's names", () => {
    const call = TestCall.outbound();
    expect(call.effects).toEqual([{ type: "dial" }]);
    expect(viewOf(call.state).state).toBe("initiated");
    call.placed().tell({ type: "ringing" });
    expect(viewOf(call.state).state).toBe("ringing");
    call.tell({ type: "answered" });
    expect(viewOf(call.state).state).toBe("answered");
    call.tell({ type: "ready" });
    expect(call.effects).toEqual([{ type: "speak", utteranceId: "u1", text: "Hello" }]);
    expect(viewOf(call.state).state).toBe("speaking");
    call.tell(started("u1"), played("u1"));
    expect(call.effects).toMatchObject([{ type: "listen" }]);
    expect(viewOf(call.state).state).toBe("listening");
    call.tell({ type: "over", outcome: "completed" });
    expect(viewOf(call.state)).toMatchObject({
      state: "hangup-user",
      endReason: "hangup-user",
      transcript: [{ speaker: "bot", text: "Hello" }],
    });
  });

  test.each([
    ["busy", "busy"],
    ["no-answer", "no-answer"],
    ["failed", "failed"],
    ["canceled", "failed"],
  ] as const)("that ends as %s before the answer has the reason %s", (outcome, reason) => {
    const call = TestCall.outbound().placed().tell({ type: "ringing" }, { type: "over", outcome });
    expect(viewOf(call.state).endReason).toBe(reason);
    expect(call.types).toContain("utterance.failed");
    expect(call.state.timers).toEqual({});
  });

  test("keeps the reason of who ordered the end, whatever the carrier calls it", () => {
    const call = TestCall.outbound().live().order({ type: "hangUp", reason: "hangup-bot" });
    expect(call.effects).toEqual([{ type: "hangUp" }]);
    call.tell({ type: "over", outcome: "completed" });
    expect(viewOf(call.state).endReason).toBe("hangup-bot");
    const late = TestCall.outbound().live().fire("maxDuration");
    expect(late.effects).toEqual([{ type: "hangUp" }]);
    late.tell({ type: "over", outcome: "completed" });
    expect(viewOf(late.state).endReason).toBe("timeout");
  });

  test("that is ended before the carrier gave it an id is hung up as soon as it has one", () => {
    const call = TestCall.outbound().order({ type: "hangUp", reason: "hangup-bot" });
    expect(call.effects).toEqual([]);
    call.placed();
    expect(call.effects).toEqual([{ type: "hangUp" }]);
  });

  test("of mode notify is hung up a moment after its words were heard, not before", () => {
    const call = TestCall.outbound({ mode: "notify" }).live().tell(started("u1"));
    expect(call.state.timers.notifyHangup).toBeUndefined();
    call.tell(played("u1"));
    expect(call.state.timers.notifyHangup).toBe(call.at + 3000);
    call.fire("notifyHangup");
    expect(call.effects).toEqual([{ type: "hangUp" }]);
    call.tell({ type: "over", outcome: "completed" });
    expect(viewOf(call.state).endReason).toBe("completed");
  });

  test("of mode notify goes on when more is said before the hang-up", () => {
    const call = TestCall.outbound({ mode: "notify" }).live().tell(started("u1"), played("u1"));
    call.order({ type: "say", text: "One more thing" });
    expect(call.state.timers.notifyHangup).toBeUndefined();
    expect(call.effects).toMatchObject([{ type: "speak", text: "One more thing" }]);
  });

  test("keeps only what was heard of words that the hang-up cut", () => {
    const text = "This is a rather long message that nobody hears to its end";
    const call = TestCall.outbound({ mode: "notify", message: text }).live().tell(started("u1"));
    call.at += 500 + 60 * 14;
    call.tell({ type: "over", outcome: "completed" });
    expect(viewOf(call.state)).toMatchObject({ endReason: "hangup-user", transcript: [{ text: "This is a" }] });
  });
});

describe("a conversation", () => {
  test("answers an ask with the caller's next words, once", () => {
    const call = TestCall.outbound()
      .live()
      .tell(started("u1"), played("u1"))
      .order({ type: "ask", text: "How are you?" });
    const asked = call.state.asking?.utteranceId ?? "";
    call.tell(started(asked), played(asked), { type: "spoke", text: "Fine" });
    expect(call.log.at(-1)).toMatchObject({ type: "caller.spoke", text: "Fine", answers: asked });
    call.tell({ type: "spoke", text: "And you?" });
    expect(call.log.at(-1)).not.toHaveProperty("answers");
  });

  test("does not take words spoken before the question as its answer", () => {
    const call = TestCall.outbound().live().tell(started("u1")).order({ type: "ask", text: "Your name?" });
    call.tell({ type: "spoke", text: "Who is there" });
    expect(call.log.at(-1)).not.toHaveProperty("answers");
  });

  test("refuses a second question while one is open, and lets it pass after the deadline", () => {
    const call = TestCall.outbound().live().tell(started("u1"), played("u1")).order({ type: "ask", text: "One?" });
    expect(() => call.order({ type: "ask", text: "Two?" })).toThrow(CallError);
    const asked = call.state.asking?.utteranceId ?? "";
    call.tell(started(asked), played(asked)).fire("transcript");
    expect(call.log.at(-1)).toMatchObject({ type: "ask.expired", utteranceId: asked });
    expect(() => call.order({ type: "ask", text: "Two?" })).not.toThrow();
  });

  test("speaks what was ordered during the ringing, in order, after the answer", () => {
    const call = TestCall.outbound()
      .placed()
      .order({ type: "say", text: "second" })
      .order({ type: "say", text: "third" });
    call.tell({ type: "answered" }, { type: "ready" });
    const heard: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const speak = call.effects.find((effect) => effect.type === "speak");
      if (speak === undefined) break;
      heard.push(speak.text);
      call.tell(started(speak.utteranceId), played(speak.utteranceId));
    }
    expect(heard).toEqual(["Hello", "second", "third"]);
  });

  test("repeating a request id speaks once", () => {
    const call = TestCall.outbound().live().order({ type: "say", text: "once", requestId: "r1" });
    const before = call.log.length;
    call.order({ type: "say", text: "once", requestId: "r1" });
    expect(call.log).toHaveLength(before);
  });

  test("treats an utterance whose end the carrier never tells as over after a generous time", () => {
    const call = TestCall.outbound().live().tell(started("u1")).fire("playout");
    expect(call.log.at(-1)).toMatchObject({ type: "utterance.played", proof: "estimate" });
    expect(call.effects).toMatchObject([{ type: "listen" }]);
  });

  test("gives up with an error when the carrier refuses to listen again and again", () => {
    const call = TestCall.outbound().live().tell(started("u1"), played("u1"));
    for (let attempt = 0; attempt < 2; attempt++)
      call.add([{ type: "listening.failed", turn: call.openedTurn, message: "no" }]);
    expect(call.state.deaf).toBe(2);
    expect(call.effects).toMatchObject([{ type: "listen" }]);
  });

  test("joins the pieces of a carrier that sends them one by one, until a pause", () => {
    const call = TestCall.outbound().live().tell(started("u1"), played("u1")).order({ type: "ask", text: "Well?" });
    const asked = call.state.asking?.utteranceId ?? "";
    call.tell(started(asked), played(asked), { type: "heard", text: "I think" });
    call.at += 700;
    call.tell({ type: "heard", text: " so " });
    expect(call.types).not.toContain("caller.spoke");
    call.fire("silence");
    expect(call.log.at(-1)).toMatchObject({ type: "caller.spoke", text: "I think so", answers: asked });
  });

  test("takes the answer to a question as the end of its words, when the carrier's own word of it was lost", () => {
    const call = TestCall.outbound().live().tell(started("u1"), played("u1")).order({ type: "ask", text: "Well?" });
    const asked = call.state.asking?.utteranceId ?? "";
    call.tell(started(asked), { type: "spoke", text: "Yes" });
    expect(call.log.find((event) => event.type === "caller.spoke")).toMatchObject({ answers: asked });
    call.order({ type: "say", text: "Good" });
    expect(call.effects).toMatchObject([{ type: "speak", text: "Good" }]);
  });

  test("sends digits between utterances and never while speaking", () => {
    const call = TestCall.outbound().live().tell(started("u1")).order({ type: "sendDigits", digits: "12#" });
    expect(call.effects).toEqual([]);
    call.tell(played("u1"));
    expect(call.effects).toMatchObject([{ type: "sendDigits", digits: "12#" }]);
    const { digitsId } = call.state.digits[0] ?? { digitsId: "" };
    call.add([{ type: "digits.sent", digitsId }]);
    expect(call.effects).toEqual([]);
    call.fire("digits");
    expect(call.effects).toMatchObject([{ type: "listen" }]);
  });
});

describe("a gathering carrier", () => {
  test("opens the caller's turn with the utterance and proves it by the turn's result", () => {
    const call = TestCall.outbound({ traits: gathering }).live();
    const turn = call.openedTurn;
    call.tell(started("u1"), played("u1"), { type: "spoke", turn, text: "Yes" }, { type: "ready" });
    expect(call.effects).toMatchObject([{ type: "listen" }]);
    expect(call.openedTurn).not.toBe(turn);
  });

  test("ignores a stale turn and notes it", () => {
    const call = TestCall.outbound({ traits: gathering }).live();
    const first = call.openedTurn;
    call.tell(started("u1"), { type: "spoke", turn: first, text: "Yes" });
    const before = viewOf(call.state).transcript.length;
    call.tell({ type: "spoke", turn: first, text: "Yes again" });
    expect(call.log.at(-1)).toMatchObject({ type: "carrier.noted" });
    expect(viewOf(call.state).transcript).toHaveLength(before);
  });

  test("still takes the earlier turn's words when the new utterance was refused", () => {
    const call = TestCall.outbound({ traits: gathering }).live();
    const first = call.openedTurn;
    call.tell(started("u1")).fire("playout").order({ type: "say", text: "more" });
    const utteranceId = call.effects.find((effect) => effect.type === "speak")?.utteranceId ?? "";
    call.add([{ type: "utterance.failed", utteranceId, message: "no" }]);
    call.tell({ type: "spoke", turn: first, text: "Hm?" });
    expect(call.log).toContainEqual(expect.objectContaining({ type: "caller.spoke", text: "Hm?" }));
  });

  test("answers an admitted caller by the reply itself", () => {
    const call = TestCall.inbound({ greeting: "Welcome", traits: gathering });
    expect(viewOf(call.state).state).toBe("speaking");
    expect(call.effects).toMatchObject([{ type: "speak", text: "Welcome" }]);
  });
});

describe("facts that come late", () => {
  test("never move a phase back", () => {
    const call = TestCall.outbound().live().tell({ type: "ringing" }, { type: "answered" });
    expect(call.log.at(-1)).toMatchObject({ type: "carrier.noted", what: "late: ringing" });
    expect(call.state.phase.name).toBe("live");
  });

  test("change nothing after the end", () => {
    const call = TestCall.outbound().live().tell({ type: "over", outcome: "completed" });
    const ended = call.state.phase;
    call.tell({ type: "answered" }, { type: "spoke", text: "hello?" }, { type: "over", outcome: "busy" });
    expect(call.state.phase).toEqual(ended);
    expect(call.effects).toEqual([]);
  });
});

describe("a dial whose reply was lost", () => {
  test("is looked up, never dialled again, and adopted when it is found", () => {
    const call = TestCall.outbound().add([{ type: "dial.unconfirmed", message: "timeout" }]);
    expect(call.effects).toEqual([{ type: "lookUp" }]);
    call.tell({ type: "reported", leg: "missing" });
    expect(call.state.phase.name).toBe("requested");
    call.add([{ type: "call.placed", carrierCallId: "C9", source: "lookup" }]).tell({ type: "reported", leg: "live" });
    expect(call.state.phase.name).toBe("live");
    expect(call.types.filter((type) => type === "call.requested")).toHaveLength(1);
  });

  test("ends as an error of unknown outcome when it never shows up", () => {
    const call = TestCall.outbound()
      .add([{ type: "dial.unconfirmed", message: "timeout" }])
      .fire("dialUnknown");
    expect(call.effects).toEqual([{ type: "lookUp" }]);
    call.tell({ type: "reported", leg: "missing" });
    expect(viewOf(call.state)).toMatchObject({
      endReason: "error",
      endDetail: { message: expect.stringContaining("unknown") },
    });
  });
});

describe("after a restart", () => {
  test("an unanswered dial order is looked up and digits are not sent twice", () => {
    expect(interrupted(TestCall.outbound().state)).toMatchObject([{ type: "dial.unconfirmed" }]);
    const call = TestCall.outbound()
      .live()
      .tell(started("u1"), played("u1"))
      .order({ type: "sendDigits", digits: "1" });
    expect(interrupted(call.state)).toMatchObject([{ type: "digits.failed" }]);
  });

  test("words that the carrier never accepted are spoken, accepted ones are not repeated", () => {
    const call = TestCall.outbound().live();
    expect(owed(call.state)).toMatchObject([{ type: "speak", utteranceId: "u1" }]);
    call.tell(started("u1"));
    expect(owed(call.state)).toEqual([]);
  });

  test("an unconfirmed hang-up is ordered again", () => {
    expect(owed(TestCall.outbound().live().order({ type: "hangUp", reason: "hangup-bot" }).state)).toEqual([
      { type: "hangUp" },
    ]);
  });

  test("the log gives the live state", () => {
    const call = TestCall.outbound({ traits: gathering }).live().tell(started("u1"), { type: "silent" });
    expect(replay(call.log)).toEqual(call.state);
  });
});

test("a hang-up that the carrier refuses is tried again with growing pauses, then given up audibly in the record", () => {
  const call = TestCall.outbound().live().order({ type: "hangUp", reason: "hangup-bot" });
  for (let attempt = 0; attempt < 5; attempt++) {
    call.add([{ type: "hangUp.failed", message: "503" }]).fire("hangUp");
    expect(call.effects).toEqual([{ type: "hangUp" }]);
  }
  call.add([{ type: "hangUp.failed", message: "503" }]).fire("hangUp");
  expect(viewOf(call.state)).toMatchObject({ endReason: "error" });
});

test("a silent leg is looked up, and one that the carrier no longer knows is over", () => {
  const call = TestCall.outbound().live().fire("stale");
  expect(call.effects).toEqual([{ type: "lookUp" }]);
  call.tell({ type: "reported", leg: "live" });
  expect(call.state.phase.name).toBe("live");
  call.tell({ type: "reported", leg: "missing" });
  expect(viewOf(call.state).endReason).toBe("error");
});
