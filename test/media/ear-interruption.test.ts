import { describe, expect, test } from "vitest";
import { talking, Listening, final } from "./listening.ts";

describe("an interruption", () => {
  test("voice makes us pause within 300 ms of its onset, words make us stop", () => {
    // The first step that has voice in it began before it was looked at.
    const listening = new Listening().sound(256, 0.9, talking);
    expect(listening.actions).toMatchObject([{ type: "pause", onsetAt: 10_000 }]);
    const paused = { ...talking, audible: false };
    const silentAt = listening.at;
    listening.sound(640, 0.9, paused).hears({ type: "partial", text: "wait" }, paused);
    expect(listening.actions.at(-1)).toEqual({ type: "interrupt", onsetAt: 10_000, silentAt });
  });

  test("a cough makes us pause, and go on after two seconds", () => {
    const listening = new Listening().sound(320, 0.9, talking).sound(2200, 0.1, { ...talking, audible: false });
    expect(listening.types).toEqual(["pause", "resume"]);
  });

  test("who speaks on is not spoken over, although the recogniser has no word before they end", () => {
    const paused = { ...talking, audible: false };
    const listening = new Listening().hears({ type: "speechStarted" }, talking).sound(320, 0.9, talking);
    for (let words = 0; words < 6; words++) listening.sound(500, 0.9, paused).sound(320, 0.1, paused);
    listening.hears({ type: "speechStopped" }, paused).sound(400, 0.1, paused);
    expect(listening.hears(final("Wait, that is enough for today."), paused).types).toEqual([
      "pause",
      "interrupt",
      "turn",
    ]);
  });

  test.for([
    ["goes on for ever", "speechStarted"],
    ["has ended", "speechStopped"],
  ] as const)("a noise that comes to no words, and %s for the recogniser, does not silence us for good", ([, type]) => {
    const paused = { ...talking, audible: false };
    const listening = new Listening().sound(320, 0.9, talking).hears({ type }, paused).sound(8000, 0.1, paused);
    expect(listening.types).toEqual(["pause", "resume"]);
  });

  test.for(["Mhm.", "Okay", "Yes, right"])("assent (%s) never takes the turn", (text) => {
    const listening = new Listening().sound(320, 0.9, talking).hears({ type: "partial", text }, talking);
    listening.hears(final(text), { ...talking, audible: false });
    expect(listening.types).toEqual(["pause", "resume"]);
  });

  test("the same word is an answer when we are silent", () => {
    expect(new Listening().hears(final("Okay")).types).toEqual(["turn"]);
  });

  test("our own words, come back to us, are nobody's turn", () => {
    const listening = new Listening().sound(320, 0.9, talking);
    listening.hears(final("three flights to Berlin"), { ...talking, audible: false });
    expect(listening.types).toEqual(["pause", "resume"]);
  });

  test("the caller may use some of our words", () => {
    const listening = new Listening().hears(final("Take the flight on Wednesday to Berlin please"), talking);
    expect(listening.types).toEqual(["interrupt", "turn"]);
  });

  test("what must be heard is not interrupted, but the caller's words are kept", () => {
    const guarded = { ...talking, protected: true };
    const listening = new Listening().sound(600, 0.9, guarded).hears(final("Who is this?"), guarded);
    expect(listening.types).toEqual(["turn"]);
  });

  test("it takes as many words as the owner says", () => {
    const listening = new Listening({ minWords: 2 }).hears({ type: "partial", text: "wait" }, talking);
    expect(listening.types).toEqual([]);
    expect(listening.hears({ type: "partial", text: "wait please" }, talking).types).toEqual(["interrupt"]);
  });
});

test("what interrupts us long after a turn is not counted from the speech of that turn", () => {
  const listening = new Listening().sound(500, 0.9).hears(final("What is new?"));
  listening.at += 5000;
  listening.hears(final("Stop that"), talking);
  expect(listening.actions.filter(({ type }) => type === "interrupt")).toEqual([
    { type: "interrupt", onsetAt: listening.at, silentAt: listening.at },
  ]);
});
