import { describe, expect, test } from "vitest";
import { stillDue } from "../../src/call/effect.ts";
import { interrupted } from "../../src/call/resume.ts";
import { replay } from "../../src/call/reduce.ts";
import { gathering, limits, phrases, plain, TestCall } from "./calls.ts";

/** Like Twilio with media streams: the reply to its question names the stream. */
const asking = { ...gathering, streams: true };
/** Like Telnyx: a stream is ordered. */
const ordered = { ...plain, streams: true };

function upAnd(traits = asking): TestCall {
  return TestCall.inbound({ greeting: "Hello?", traits }).tell({ type: "answered" }, { type: "ready", stream: true });
}

describe("the line of a call that streams", () => {
  test("takes orders when the media socket is up, whatever the carrier's webhooks say", () => {
    const call = TestCall.outbound({ traits: asking }).placed().tell({ type: "answered" }, { type: "ready" });
    expect(call.effects).toEqual([]);
    call.tell({ type: "ready", stream: true });
    expect(call.effects).toEqual([{ type: "speak", utteranceId: "u1", text: "Hello" }]);
  });

  test("is ordered where the carrier waits for orders, and only there", () => {
    expect(TestCall.outbound({ traits: ordered }).placed().tell({ type: "answered" }).effects).toEqual([
      { type: "attach" },
    ]);
    expect(TestCall.outbound({ traits: asking }).placed().tell({ type: "answered" }).effects).toEqual([]);
  });

  test("is given up in time, and the carrier's own voice speaks: no caller waits in silence", () => {
    const call = TestCall.inbound({ greeting: "Hello?", traits: asking });
    call.fire("stream");
    expect(call.at - call.state.startedAt).toBeLessThanOrEqual(4000);
    expect(call.effects).toContainEqual({ type: "detach" });
    expect(call.effects).toContainEqual({ type: "speak", utteranceId: "u1", text: "Hello?", turn: expect.any(String) });
  });

  test("when lost, is asked for anew, and what was being said is said again", () => {
    const call = upAnd(ordered).tell({ type: "started", utteranceId: "u1" }, { type: "streamOver" });
    expect(call.types.at(-1)).toBe("line.lost");
    expect(call.effects).toEqual([{ type: "attach" }]);
    call.tell({ type: "ready", stream: true });
    expect(call.effects).toEqual([{ type: "speak", utteranceId: "u1", text: "Hello?" }]);
    expect(call.state.transcript).toHaveLength(1);
  });

  test("that did not come up is ordered again within the time that there is", () => {
    const call = TestCall.outbound({ traits: ordered }).placed().tell({ type: "answered" });
    const until = call.state.timers.stream;
    call.tell({ type: "streamOver", message: "connection_failed" });
    expect(call.effects).toEqual([{ type: "attach" }]);
    expect(call.state.timers.stream).toBe(until);
  });

  test("is not asked for for ever", () => {
    const call = upAnd();
    for (let failed = 0; failed < 4; failed++) call.tell({ type: "streamOver" });
    expect(call.types.at(-1)).toBe("stream.abandoned");
    expect(call.state.phase).toMatchObject({ name: "live", ready: true });
  });

  test("that gives way to digits is no loss, and is waited for as long as they take", () => {
    const call = upAnd().tell({ type: "played", utteranceId: "u1" });
    for (let round = 0; round < 25; round++) {
      call.order({ type: "sendDigits", digits: "WWWW1234" });
      const digitsId = call.state.digits[0]?.digitsId ?? "";
      call.add([{ type: "digits.sent", digitsId }]).tell({ type: "streamOver" });
      expect((call.state.timers.stream ?? 0) - call.at).toBeGreaterThan(8000);
      call.fire("digits");
      call.tell({ type: "ready", stream: true });
    }
    expect(call.types).not.toContain("stream.abandoned");
    expect(call.state.stream).toEqual({ failures: 0, losses: 0 });
  });

  test("is taken up again after a restart in the middle of a sentence", () => {
    const call = upAnd(ordered).tell({ type: "started", utteranceId: "u1" });
    call.add(interrupted(call.state));
    expect(call.effects).toEqual([{ type: "attach" }]);
    call.tell({ type: "ready", stream: true });
    expect(call.effects).toEqual([{ type: "speak", utteranceId: "u1", text: "Hello?" }]);
  });

  test("ends the call when nothing comes over it any more", () => {
    expect(upAnd().tell({ type: "stalled" }).types).toContain("hangUp.requested");
  });
});

describe("a caller who speaks", () => {
  test("is not asked whether they are there, for as long as they do", () => {
    const call = upAnd().tell({ type: "played", utteranceId: "u1" }, { type: "spoke", text: "Well?" });
    const offerId = call.state.offer?.offerId ?? "";
    call.add([
      { type: "turn.claimed", offerId, responder: "r" },
      { type: "utterance.requested", utteranceId: "r1", text: "Yes?", purpose: "reply", offerId },
      { type: "turn.settled", offerId, outcome: "answered" },
    ]);
    call.tell({ type: "started", utteranceId: "r1" }, { type: "played", utteranceId: "r1" });
    call.at += limits.idleAfterMs - 100;
    call.tell({ type: "speaking" });
    expect(call.state.timers.idle).toBe(call.at + limits.idleAfterMs);
  });

  test("hears no filler, and is of no interest to a call that waits for nothing", () => {
    const call = upAnd().tell({ type: "played", utteranceId: "u1" }, { type: "spoke", text: "Well?" });
    call.tell({ type: "speaking" });
    expect(call.state.timers.filler).toBeUndefined();
    const events = call.log.length;
    expect(call.tell({ type: "speaking" }).log).toHaveLength(events);
  });
});

describe("speech on a stream", () => {
  test("an interruption keeps what was heard, drops the rest of the reply, and stops whoever writes it", () => {
    const call = upAnd().tell({ type: "played", utteranceId: "u1" }, { type: "spoke", text: "What is new?" });
    const offerId = call.state.offer?.offerId ?? "";
    call.add([
      { type: "turn.claimed", offerId, responder: "r" },
      { type: "utterance.requested", utteranceId: "r1", text: "There is much to tell.", purpose: "reply", offerId },
      { type: "utterance.requested", utteranceId: "r2", text: "First of all this.", purpose: "reply", offerId },
    ]);
    call.tell({ type: "started", utteranceId: "r1" });
    call.tell({ type: "cut", utteranceId: "r1", heard: "There is", byCaller: true, clearMs: 280 });
    expect(call.log.slice(-3)).toMatchObject([
      { type: "turn.settled", outcome: "superseded" },
      { type: "utterance.failed", utteranceId: "r2" },
      { type: "utterance.cut", heard: "There is", byCaller: true, clearMs: 280 },
    ]);
    expect(call.effects.filter(({ type }) => type === "speak")).toEqual([]);
    expect(call.state.transcript.at(-1)).toMatchObject({ speaker: "bot", text: "There is" });
  });

  test("when no voice of ours can speak, the carrier's does, and nothing is lost", () => {
    const call = upAnd();
    call.refuse({ type: "utterance.failed", utteranceId: "u1", message: "every voice failed" });
    expect(call.types.at(-1)).toBe("stream.abandoned");
    expect(call.effects).toContainEqual(expect.objectContaining({ type: "speak", utteranceId: "u1" }));
  });

  test("who waits for words that are late or lost hears that somebody is there, but not into what we say", () => {
    const call = upAnd();
    call.tell({ type: "unheard", lost: false });
    expect(call.types.at(-1)).not.toBe("utterance.requested");
    call.tell({ type: "played", utteranceId: "u1" }, { type: "unheard", lost: false });
    expect(call.effects.at(-1)).toMatchObject({ type: "speak", text: phrases.filler });
    call.tell({ type: "unheard", lost: true });
    expect(call.log.at(-1)).toMatchObject({ type: "utterance.requested", text: phrases.apology });
    const offered = upAnd().tell({ type: "played", utteranceId: "u1" }, { type: "spoke", text: "Well?" });
    expect(offered.tell({ type: "unheard", lost: true }).types.at(-1)).toBe("turn.offered");
  });

  test("when our ear is gone, the caller is told, and the carrier's listens", () => {
    const call = upAnd().tell({ type: "played", utteranceId: "u1" });
    call.tell({ type: "deaf", message: "gone" });
    const due = stillDue(call.effects, call.state);
    expect(due).toMatchObject([{ type: "detach" }, { type: "speak", text: phrases.deaf, turn: expect.any(String) }]);
  });

  test("a reply that takes long is announced, once more after some time, and not when it has come", () => {
    const call = upAnd().tell({ type: "played", utteranceId: "u1" }, { type: "spoke", text: "Well?" });
    call.fire("filler");
    expect(call.effects).toMatchObject([{ type: "speak", text: phrases.filler }]);
    const asked = call.at;
    const { utteranceId = "" } = call.effects.find((effect) => effect.type === "speak") ?? {};
    call.tell({ type: "started", utteranceId }, { type: "played", utteranceId }).fire("filler");
    expect(call.effects).toMatchObject([{ type: "speak", text: phrases.filler }]);
    expect(call.at - asked).toBe(7000);
    expect(call.state.timers.filler).toBeUndefined();
    const prompt = upAnd().tell({ type: "played", utteranceId: "u1" }, { type: "spoke", text: "Well?" });
    const offerId = prompt.state.offer?.offerId ?? "";
    prompt.add([{ type: "utterance.requested", utteranceId: "r1", text: "Fine.", purpose: "reply", offerId }]);
    expect(prompt.state.timers.filler).toBeUndefined();
  });
});

describe("a machine that answers", () => {
  const leave = { onVoicemail: "leave-message" as const };

  test("changes nothing where nobody asked", () => {
    const call = TestCall.outbound({ mode: "notify" })
      .live()
      .tell({ type: "detected", who: "machine", greetingOver: true });
    expect(call.types.at(-1)).toBe("machine.detected");
  });

  test("is hung up on, and the call says so", () => {
    const call = TestCall.outbound({ mode: "notify", onVoicemail: "hangup" }).live();
    call.tell({ type: "detected", who: "machine", greetingOver: false }, { type: "over", outcome: "completed" });
    expect(call.state.phase).toMatchObject({ name: "ended", reason: "voicemail" });
  });

  test("hears the whole message after its greeting, and only then the call ends", () => {
    const call = TestCall.outbound({ mode: "notify", ...leave })
      .live()
      .tell({ type: "started", utteranceId: "u1" });
    call.tell({ type: "detected", who: "machine", greetingOver: false });
    expect(call.state.turn.whose).toBe("nobody");
    expect(call.effects).toEqual([]);
    call.tell({ type: "detected", who: "machine", greetingOver: true });
    expect(call.effects).toMatchObject([{ type: "speak", text: "Hello" }]);
    const { turn } = call.state;
    expect(call.types.filter((type) => type === "utterance.failed")).toEqual([]);
    call.tell({ type: "played", utteranceId: turn.whose === "agent" ? turn.utterance.utteranceId : "" });
    call.fire("notifyHangup").tell({ type: "over", outcome: "completed" });
    expect(call.state.phase).toMatchObject({ name: "ended", reason: "voicemail" });
  });

  test("hears nothing else of what waited, and the message once", () => {
    const call = TestCall.outbound({ mode: "conversation", ...leave }).live();
    call.tell({ type: "started", utteranceId: "u1" }).order({ type: "say", text: "And another thing." });
    call.tell({ type: "detected", who: "machine", greetingOver: true });
    expect(call.effects).toEqual([expect.objectContaining({ type: "speak", text: "Hello" })]);
  });

  test("is awaited after a short message, which was spoken into its greeting, and gets it again", () => {
    const call = TestCall.outbound({ mode: "notify", ...leave }).live();
    call.tell({ type: "started", utteranceId: "u1" }, { type: "played", utteranceId: "u1" });
    expect(call.state.timers.notifyHangup).toBeGreaterThan(call.at + 20_000);
    call.tell({ type: "detected", who: "machine", greetingOver: false });
    expect(call.state.timers.notifyHangup).toBeUndefined();
    call.tell({ type: "detected", who: "machine", greetingOver: true });
    expect(call.effects).toMatchObject([{ type: "speak", text: "Hello" }]);
  });

  test("is not hung up on while its greeting is waited out", () => {
    const call = TestCall.outbound({ mode: "notify", ...leave }).live();
    call.tell({ type: "started", utteranceId: "u1" }, { type: "detected", who: "machine", greetingOver: false });
    expect(call.types.at(-1)).toBe("utterance.cut");
    expect(call.state.timers.notifyHangup).toBeUndefined();
  });

  test("may hang up itself once it has the message", () => {
    const call = TestCall.outbound({ mode: "notify", ...leave }).live();
    call.tell({ type: "detected", who: "machine", greetingOver: true });
    const { turn } = call.state;
    call.tell({ type: "played", utteranceId: turn.whose === "agent" ? turn.utterance.utteranceId : "" });
    call.tell({ type: "over", outcome: "completed" });
    expect(call.state.phase).toMatchObject({ name: "ended", reason: "voicemail" });
  });

  test("a person who has heard all is not kept on the line", () => {
    const call = TestCall.outbound({ mode: "notify", ...leave }).live();
    call.tell({ type: "started", utteranceId: "u1" }, { type: "played", utteranceId: "u1" });
    call.tell({ type: "detected", who: "human", greetingOver: false });
    expect(call.state.timers.notifyHangup).toBe(call.at + call.state.limits.notifyHangupDelayMs);
  });

  test("that never says when it listens gets its message all the same", () => {
    const call = TestCall.outbound({ mode: "notify", ...leave }).live();
    const began = call.tell({ type: "detected", who: "machine", greetingOver: false, greetingMs: 10_000 }).at;
    expect(call.fire("machine").at).toBe(began + 10_000);
    expect(call.effects).toMatchObject([{ type: "speak", text: "Hello" }]);
  });

  test("a person does not interrupt us by being recognised", () => {
    const call = TestCall.outbound({ mode: "notify", ...leave })
      .live()
      .tell({ type: "detected", who: "human", greetingOver: false });
    expect(call.state.turn.whose).toBe("agent");
  });
});

test("a call that streams is the fold of its log", () => {
  const call = upAnd().tell({ type: "streamOver" }, { type: "ready", stream: true }, { type: "deaf", message: "gone" });
  call.tell({ type: "over", outcome: "completed" });
  expect(replay(call.log)).toEqual(call.state);
  expect(limits.fillerAfterMs).toBeGreaterThan(0);
});
