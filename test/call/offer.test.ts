import { describe, expect, test } from "vitest";
import { claimTurn, failTurn, leaveUnattended, releaseTurns, replyToTurn } from "../../src/call/decide-offer.ts";
import { CallError } from "../../src/call/error.ts";
import { viewOf } from "../../src/call/view.ts";
import { TestCall, gathering, phrases, plain } from "./calls.ts";

const started = (utteranceId: string) => ({ type: "started", utteranceId }) as const;
const played = (utteranceId: string) => ({ type: "played", utteranceId }) as const;

/** A caller who was greeted and has said something. */
function asked(traits = plain): TestCall {
  const call = TestCall.inbound({ greeting: "Welcome", traits });
  if (!traits.answersByReply) call.tell({ type: "answered" }, { type: "ready" });
  return call.tell(started("u1"), played("u1"), { type: "spoke", text: "What time is it?" });
}

function offerId(call: TestCall): string {
  return call.state.offer?.offerId ?? "none";
}

function claimed(traits = plain): { call: TestCall; turn: string } {
  const call = asked(traits);
  const turn = offerId(call);
  call.add(claimTurn(call.state, turn, "r1"));
  return { call, turn };
}

const piece = { responder: "r1", final: false, endCall: false };

describe("a caller's turn", () => {
  test("is offered with their words, and claimed by exactly one responder", () => {
    const { call, turn } = claimed();
    expect(call.log.find(({ type }) => type === "turn.offered")).toMatchObject({
      offerId: turn,
      text: "What time is it?",
    });
    expect(() => claimTurn(call.state, turn, "r2")).toThrow(CallError);
    expect(claimTurn(call.state, turn, "r1")).toEqual([]);
  });

  test("is answered sentence by sentence while the rest is being written", () => {
    const { call, turn } = claimed();
    call.add(replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["It is nine."] }));
    expect(call.effects).toMatchObject([{ type: "speak", text: "It is nine." }]);
    call.add(replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["In the evening."], final: true }));
    expect(call.log.at(-1)).toMatchObject({ type: "turn.settled", outcome: "answered" });
    const first = call.log.find((event) => event.type === "utterance.requested");
    call.tell(started(first?.utteranceId ?? ""), played(first?.utteranceId ?? ""));
    expect(call.effects).toMatchObject([{ type: "speak", text: "In the evening." }]);
  });

  test("does not open the line between the sentences of one reply on a gathering carrier", () => {
    const { call, turn } = claimed(gathering);
    call.add(replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["One."] }));
    expect(call.effects[0]).not.toHaveProperty("turn");
    call.add(replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["Two."], final: true }));
    const speaking = call.state.turn.whose === "agent" ? call.state.turn.utterance.utteranceId : "";
    call.tell(started(speaking), played(speaking), { type: "ready" });
    expect(call.effects[0]).toHaveProperty("turn");
  });

  test("that the caller speaks over is superseded: what is left of the reply is never spoken", () => {
    const { call, turn } = claimed();
    call.add(replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["One.", "Two.", "Three."] }));
    call.tell({ type: "spoke", text: "Stop, something else" });
    expect(call.log.find((event) => event.type === "turn.settled")).toMatchObject({
      offerId: turn,
      outcome: "superseded",
    });
    expect(call.state.queue).toEqual([]);
    expect(offerId(call)).not.toBe(turn);
    expect(() => replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["Four."] })).toThrow(CallError);
  });

  test("is never answered by an operator and a responder both", () => {
    const { call, turn } = claimed();
    call.order({ type: "say", text: "I take this one" });
    expect(call.log.at(-1)).toMatchObject({ type: "turn.settled", outcome: "superseded" });
    expect(() => replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["Me too."] })).toThrow(CallError);
  });

  test("answered by words that an operator asked for is not offered at all", () => {
    const call = asked().order({ type: "ask", text: "Your name?" });
    const question = call.state.asking?.utteranceId ?? "";
    const before = call.types.filter((type) => type === "turn.offered").length;
    call.tell(started(question), played(question), { type: "spoke", text: "Ann" });
    expect(call.types.filter((type) => type === "turn.offered")).toHaveLength(before);
  });

  test("is open again when its responder goes away, and only then", () => {
    const { call } = claimed();
    expect(releaseTurns(call.state, "r2")).toEqual([]);
    call.add(releaseTurns(call.state, "r1"));
    expect(call.state.offer?.claimedBy).toBeUndefined();
    call.add(claimTurn(call.state, offerId(call), "r2"));
    expect(call.state.offer?.claimedBy).toBe("r2");
  });

  test("ends in an apology when the reply is late, and the call goes on listening", () => {
    const { call } = claimed();
    call.fire("response");
    expect(call.effects).toMatchObject([{ type: "speak", text: phrases.apology }]);
    expect(call.log.findLast(({ type }) => type === "turn.settled")).toMatchObject({ outcome: "late" });
    expect(call.state.closing).toBeUndefined();
  });

  test("ends in an apology when the responder fails, with its reason on the record", () => {
    const { call, turn } = claimed();
    call.add(failTurn(call.state, { offerId: turn, responder: "r1", message: "no model" }));
    expect(call.effects).toMatchObject([{ type: "speak", text: phrases.apology }]);
    expect(call.log.at(-1)).toMatchObject({ type: "turn.settled", outcome: "failed", message: "no model" });
  });

  test("the reply's further sentences have the deadline anew", () => {
    const { call, turn } = claimed();
    call.at += 20_000;
    call.add(replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["One."] }));
    expect(call.state.timers.response).toBe(call.at + 30_000);
  });

  test("is settled when the call ends under it", () => {
    const { call } = claimed();
    call.tell({ type: "over", outcome: "completed" });
    expect(call.log.find(({ type }) => type === "turn.settled")).toMatchObject({ outcome: "ended" });
  });
});

describe("without a responder", () => {
  test("a caller hears that nobody is there, and the call ends after it", () => {
    const call = asked();
    call.add(leaveUnattended(call.state, offerId(call)));
    expect(call.effects).toMatchObject([{ type: "speak", text: phrases.unattended }]);
    const utteranceId = call.state.turn.whose === "agent" ? call.state.turn.utterance.utteranceId : "";
    call.tell(started(utteranceId), played(utteranceId));
    expect(call.effects).toEqual([]);
    call.fire("notifyHangup");
    expect(call.effects).toEqual([{ type: "hangUp" }]);
    call.tell({ type: "over", outcome: "completed" });
    expect(viewOf(call.state).state).toBe("completed");
  });

  test("a call that an operator talks on is left alone", () => {
    const call = asked().order({ type: "say", text: "One moment" });
    call.tell({ type: "spoke", text: "Fine" });
    expect(leaveUnattended(call.state, offerId(call))).toEqual([]);
  });

  test("an outbound call of an operator gets no apology when nobody claims", () => {
    const call = TestCall.outbound().live().tell(started("u1"), played("u1"), { type: "spoke", text: "Hello?" });
    call.fire("response");
    expect(call.log.at(-1)).toMatchObject({ type: "turn.settled", outcome: "nobody" });
    expect(call.effects).toEqual([]);
  });
});

describe("a farewell", () => {
  test("is spoken to its end before the hang-up, and the line is not opened again", () => {
    const { call, turn } = claimed(gathering);
    call.add(replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["Goodbye."], final: true, endCall: true }));
    expect(call.effects).toMatchObject([{ type: "speak", text: "Goodbye." }]);
    expect(call.effects[0]).not.toHaveProperty("turn");
    const utteranceId = call.state.turn.whose === "agent" ? call.state.turn.utterance.utteranceId : "";
    call.tell(started(utteranceId));
    expect(call.state.timers.notifyHangup).toBeUndefined();
    call.tell(played(utteranceId), { type: "ready" });
    call.fire("notifyHangup");
    expect(call.effects).toEqual([{ type: "hangUp" }]);
  });
});

test("a caller who falls silent on a responder is asked twice, then the call ends politely", () => {
  const { call, turn } = claimed();
  call.add(replyToTurn(call.state, { ...piece, offerId: turn, sentences: ["It is nine."], final: true }));
  const heard: string[] = [];
  for (let round = 0; round < 4; round++) {
    const utterance = call.state.turn.whose === "agent" ? call.state.turn.utterance : undefined;
    if (utterance === undefined) break;
    heard.push(utterance.text);
    call.tell(started(utterance.utteranceId), played(utterance.utteranceId));
    if (call.state.timers.idle !== undefined) call.fire("idle");
  }
  expect(heard).toEqual(["It is nine.", phrases.reprompt, phrases.reprompt, phrases.goodbye]);
  call.fire("notifyHangup");
  expect(call.effects).toEqual([{ type: "hangUp" }]);
});
