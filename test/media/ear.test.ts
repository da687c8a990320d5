import { describe, expect, test } from "vitest";
import { Ear, type EarAction, type EarRules, type OurVoice } from "../../src/daemon/media/ear.ts";
import type { HeardEvent } from "../../src/daemon/speech/transcriber.ts";

const quiet: OurVoice = { audible: false, protected: false, words: "" };
const talking: OurVoice = { audible: true, protected: false, words: "I have found three flights to Berlin on Tuesday" };
const base: EarRules = {
  plainMs: 800,
  onsetMs: 250,
  minWords: 1,
  resumeMs: 2000,
  recogniser: { endOfTurn: "silence", finalWithinMs: 500 },
};

class Listening {
  at = 10_000;
  readonly ear: Ear;
  readonly actions: EarAction[] = [];

  constructor(rules: Partial<EarRules> = {}) {
    this.ear = new Ear({ ...base, ...rules });
  }

  /** So many ms of the caller's voice, or of quiet, in frames of 32 ms. */
  sound(ms: number, voice: number, ours = quiet): this {
    for (let passed = 0; passed < ms; passed += 32) {
      this.at += 32;
      this.actions.push(...this.ear.frame({ at: this.at, voice }, ours));
    }
    return this;
  }

  pass(ms: number): this {
    for (let passed = 0; passed < ms; passed += 100) {
      this.at += 100;
      this.actions.push(...this.ear.tick(this.at));
    }
    return this;
  }

  hears(event: HeardEvent, ours = quiet): this {
    this.actions.push(...this.ear.heard(event, this.at, ours));
    return this;
  }

  get types(): string[] {
    return this.actions.map(({ type }) => type);
  }
}

const final = (text: string, turnEnd = true): HeardEvent => ({ type: "final", text, turnEnd });

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
    const listening = new Listening(told).sound(1000, 0.9).sound(9000, 0.1);
    expect(listening.types).toEqual(["commit", "unheard", "deaf"]);
  });

  test("while we are silent a sound is looked at, until the recogniser has heard it too", () => {
    const { ear, at } = new Listening();
    expect(ear.needsVoice(at, quiet)).toBe(false);
    ear.loud(at);
    expect(ear.needsVoice(at, quiet)).toBe(true);
    expect(ear.needsVoice(at + 1000, quiet)).toBe(false);
    ear.heard({ type: "speechStarted" }, at, quiet);
    expect(ear.needsVoice(at, quiet)).toBe(false);
  });

  test("a connection that broke while it heard somebody leaves no ear behind that hears nobody", () => {
    const listening = new Listening().hears({ type: "speechStarted" }).hears({ type: "interrupted", message: "gone" });
    expect(listening.pass(6000).types).toEqual(["unheard", "unheard"]);
    listening.ear.loud(listening.at);
    expect(listening.ear.needsVoice(listening.at, quiet)).toBe(true);
  });

  test("who stops at a conjunction is not told to wait, unless the connection broke", () => {
    const words: HeardEvent = { type: "partial", text: "I would like to" };
    const interrupted: HeardEvent = { type: "interrupted", message: "gone" };
    expect(new Listening().hears(words).pass(4000).types).toEqual([]);
    expect(new Listening().hears(words).hears(interrupted).pass(4000).types).toEqual(["unheard"]);
  });

  test("an answer that comes late, after we asked for a moment, is no mere assent", () => {
    const listening = new Listening().hears({ type: "speechStarted" }).hears({ type: "speechStopped" }).pass(2500);
    expect(listening.hears(final("Yes."), talking).types).toEqual(["unheard", "interrupt", "turn"]);
  });
});

describe("an interruption", () => {
  test("voice makes us pause within 300 ms of its onset, words make us stop", () => {
    const listening = new Listening().sound(280, 0.9, talking);
    expect(listening.actions).toMatchObject([{ type: "pause", onsetAt: 10_032 }]);
    const paused = { ...talking, audible: false };
    const silentAt = listening.at;
    listening.sound(640, 0.9, paused).hears({ type: "partial", text: "wait" }, paused);
    expect(listening.actions.at(-1)).toEqual({ type: "interrupt", onsetAt: 10_032, silentAt });
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
