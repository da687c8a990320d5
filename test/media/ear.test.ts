import { describe, expect, test } from "vitest";
import { final, Listening, talking } from "./listening-ear.ts";

describe("the end of a turn", () => {
  test("a recogniser that knows it is believed at once", () => {
    expect(new Listening().hears(final("Tuesday is fine.")).actions).toMatchObject([
      { type: "turn", text: "Tuesday is fine." },
    ]);
  });

  test("pieces that are not the end are put together, and are not lost when the end is never told", () => {
    const listening = new Listening().hears(final("I would like", false)).hears(final("two tickets", false));
    expect(listening.types).toEqual([]);
    expect(listening.pass(2700).actions).toMatchObject([{ type: "turn", text: "I would like two tickets" }]);
  });

  test("an empty final is no turn", () => {
    expect(new Listening().hears(final("  ")).pass(5000).types).toEqual([]);
  });

  const told = { recogniser: { endOfTurn: "none" as const, finalWithinMs: 500 } };

  test.for([
    ["ends with a full stop", "Tuesday is fine.", 330, 640],
    ["may go on", "Tuesday is fine", 700, 1100],
    ["ends with a conjunction", "Tuesday is fine but", 1400, 1900],
    ["ends with digits", "my number is 5 5 5", 1400, 1900],
  ] as const)("without such a recogniser, a silence is waited for that fits: text that %s", ([, text, least, most]) => {
    const listening = new Listening(told).sound(600, 0.9).hears({ type: "partial", text }).pass(200);
    expect(listening.types).toEqual(["commit"]);
    listening.hears(final(text, false));
    const from = listening.at;
    while (!listening.types.includes("turn") && listening.at - from < 5000) listening.sound(32, 0.1);
    const silence = listening.at - from + 200;
    expect(listening.actions.at(-1)).toMatchObject({ type: "turn", text });
    expect(silence).toBeGreaterThan(least);
    expect(silence).toBeLessThan(most);
  });

  test("speech that goes on after the pieces were sent off makes one turn of both", () => {
    const listening = new Listening(told).sound(600, 0.9).sound(256, 0.1).hears(final("I would like to", false));
    listening.sound(600, 0.9).sound(256, 0.1).hears(final("change my flight.", false)).sound(1500, 0.1);
    expect(listening.types).toEqual(["commit", "commit", "turn"]);
    expect(listening.actions.at(-1)).toMatchObject({ text: "I would like to change my flight." });
  });

  test("a final that does not come does not hang the turn: what was heard so far counts", () => {
    const listening = new Listening(told)
      .sound(600, 0.9)
      .hears({ type: "partial", text: "Hello there" })
      .sound(4000, 0.1);
    expect(listening.actions.at(-1)).toMatchObject({ type: "turn", text: "Hello there" });
  });

  test("a knock is no turn", () => {
    expect(new Listening(told).sound(64, 0.9).sound(6000, 0.1).types).toEqual(["commit"]);
  });

  test("speech of which nothing is ever understood is told, within ten seconds", () => {
    const listening = new Listening(told).sound(800, 0.9).sound(10_000, 0.1);
    expect(listening.types).toContain("deaf");
  });
});

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
    expect(listening.pass(8000).types).toEqual(["pause", "resume"]);
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
