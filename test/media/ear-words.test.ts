import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HeardEvent } from "../../src/daemon/speech/transcriber.ts";
import { asking, final, Listening, type Ours, quiet, sentence, talking } from "./listening-ear.ts";

describe("our own words", () => {
  const order = "Would you like to fly on Tuesday or on Wednesday?";

  test("said by the caller in answer to us are an answer", () => {
    expect(new Listening().hears(final("On Tuesday."), asking(order, 900)).types).toEqual(["turn"]);
    expect(new Listening().hears(final("Coffee please"), asking("Tea or coffee please?")).types).toEqual([
      "interrupt",
      "turn",
    ]);
  });

  test("said by the caller some time after us are the caller's", () => {
    const listening = new Listening().hears(
      { type: "speechStarted" },
      { ...talking, audible: false, quietForMs: 1200 },
    );
    expect(listening.hears(final("three flights to Berlin"), quiet).types).toEqual(["turn"]);
  });

  test("that come back are no turn, also when the recogniser is done long after our end", () => {
    const listening = new Listening().hears({ type: "speechStarted" }, talking).pass(1000);
    const later = { ...talking, audible: false, quietForMs: 1000 };
    expect(listening.hears(final("I have found three flights to Berlin"), later).pass(6000).types).toEqual([]);
    const asked = new Listening().hears(final("would you like to fly on Tuesday"), asking(order));
    expect(asked.types).toEqual([]);
  });

  test("of which a quarter of a second comes back do not interrupt us", () => {
    const heard = { ...talking, recent: "I have found three" };
    const listening = new Listening().sound(280, 0.9, heard).hears({ type: "partial", text: "found" }, heard);
    expect(listening.hears(final("found three"), { ...heard, audible: false }).types).toEqual(["pause", "resume"]);
  });

  test("of which no final ever comes are no turn either", () => {
    const partial = { type: "partial", text: "three flights to Berlin" } as const;
    expect(new Listening().hears(partial, talking).pass(8000).types).toEqual([]);
  });

  test("that come back again and again take longer to stop us each time", () => {
    const listening = new Listening();
    const stops: number[] = [];
    for (let round = 0; round < 4; round++) {
      const from = listening.at;
      while (listening.types.at(-1) !== "pause") listening.sound(32, 0.9, talking);
      stops.push(listening.at - from);
      listening.hears(final("flights to Berlin"), { ...talking, audible: false }).sound(500, 0.1, talking);
    }
    expect(stops).toEqual([256, 256, 512, 1024]);
  });
});

describe("a word of assent", () => {
  test.for(["Yes.", "Okay", "Yeah, sure"])("is an answer when we have asked (%s)", (text) => {
    const question = asking("Shall I book the flight at nine?");
    const listening = new Listening().sound(320, 0.9, question);
    listening.hears({ type: "partial", text }, question).hears(final(text), { ...question, audible: false });
    expect(listening.types).toEqual(["pause", "interrupt", "turn"]);
  });

  test("between two sentences of ours does not take the turn", () => {
    const between: Ours = { ...quiet, quietForMs: 700, recent: sentence, goesOn: true };
    expect(new Listening().hears(final("Mhm"), between).pass(6000).types).toEqual([]);
  });

  test("behind what they have begun to say is part of it, and loses nothing", () => {
    const listening = new Listening().hears(final("I would like", false)).hears(final("Okay"), talking);
    expect(listening.actions.at(-1)).toMatchObject({ type: "turn", text: "I would like Okay" });
  });
});

describe("a recogniser that gives out", () => {
  const other = { endOfTurn: "none", finalWithinMs: 500 } as const;

  test("leaves nobody silent: a pause of ours ends although another one listens now", () => {
    const listening = new Listening().sound(320, 0.9, talking);
    listening.ear.hearWith(other, listening.at);
    listening.sound(2500, 0.1, { ...talking, audible: false });
    expect(listening.types.filter((type) => type !== "commit")).toEqual(["pause", "resume"]);
  });

  test("leaves what it had understood", () => {
    const listening = new Listening().hears(final("Two tickets", false)).hears({ type: "partial", text: "to Rome" });
    listening.ear.hearWith(other, listening.at);
    expect(listening.pass(4000).actions.at(-1)).toMatchObject({ type: "turn", text: "Two tickets to Rome" });
  });

  test("misses a piece: what was understood of it counts, and what comes after is no longer waited for", () => {
    const listening = new Listening().hears({ type: "speechStarted" }).hears({ type: "partial", text: "Hello" });
    listening.hears({ type: "missed", message: "failed" });
    expect(listening.pass(3000).actions).toMatchObject([{ type: "turn", text: "Hello" }]);
    expect(listening.ear.isHearing).toBe(false);
  });

  test("is late: the same words are not a turn twice, and what is new in them is not lost", () => {
    const listening = new Listening().hears({ type: "partial", text: "Hello there" }).pass(5200);
    expect(listening.actions).toMatchObject([{ type: "unheard" }, { type: "turn", text: "Hello there" }]);
    expect(listening.hears(final("Hello, there")).pass(3000).types).toEqual(["unheard", "turn"]);
    const more = new Listening().hears({ type: "partial", text: "Hello there" }).pass(5200);
    expect(more.hears(final("Hello there, my friend.")).actions.at(-1)).toMatchObject({ text: "my friend." });
  });

  test("and a caller who repeats themselves is heard twice", () => {
    const listening = new Listening().hears({ type: "partial", text: "Hello there" }).pass(5200);
    listening.hears({ type: "speechStarted" }).hears(final("Hello there"));
    expect(listening.types).toEqual(["unheard", "turn", "turn"]);
  });

  test("hears no cough: that is not deafness", () => {
    expect(new Listening().sound(480, 0.9, talking).sound(12_000, 0.1).types).not.toContain("deaf");
  });

  test("hears nothing of a second of speech: that is", () => {
    expect(new Listening().sound(1400, 0.9).sound(8500, 0.1).types).toContain("deaf");
  });
});

test("who makes a sound is let finish, also when the pieces come slowly", () => {
  const listening = new Listening().hears({ type: "speechStarted" }).hears(final("I would like", false));
  for (let passed = 0; passed < 4000; passed += 100) {
    listening.pass(100);
    listening.ear.loud(listening.at);
  }
  expect(listening.types).toEqual([]);
  expect(listening.pass(4000).types).toEqual(["turn"]);
});

/** Some finals get a number of their own, so that each can be found again. */
function counted(event: HeardEvent, numbers: string[]): HeardEvent {
  if (event.type !== "final" || !["alpha", "bravo"].includes(event.text)) return event;
  const number = `number${numbers.length + 1}`;
  numbers.push(number);
  return { ...event, text: `${event.text} ${number}` };
}

describe("whatever comes in whatever order", () => {
  const words = fc.constantFrom("alpha", "bravo", "charlie", "delta", "mhm", "yes", "three flights to Berlin", "");
  const event = fc.oneof(
    fc.record({ type: fc.constant("final" as const), text: words, turnEnd: fc.boolean() }),
    fc.record({ type: fc.constant("partial" as const), text: words }),
    fc.record({ type: fc.constantFrom("speechStarted" as const, "speechStopped" as const, "ready" as const) }),
    fc.record({ type: fc.constantFrom("missed" as const, "interrupted" as const), message: fc.constant("") }),
  );
  const ours = fc.constantFrom(quiet, talking, { ...talking, audible: false, quietForMs: 300 }, asking("Tea?"));
  const step = fc.oneof(
    fc.record({ event, ours }),
    fc.record({ ms: fc.integer({ min: 1, max: 3000 }), voice: fc.constantFrom(0.1, 0.9), ours }),
    fc.record({ next: fc.constantFrom("none" as const, "silence" as const, "semantic" as const) }),
  );
  const endOfTurn = fc.constantFrom("none" as const, "silence" as const, "semantic" as const);

  test("no final is lost or told twice, and no pause of ours lasts", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), endOfTurn, (steps, by) => {
        const listening = new Listening({ recogniser: { endOfTurn: by, finalWithinMs: 400 } });
        const told = (): string[] =>
          listening.actions.flatMap((action) => (action.type === "turn" ? [action.text] : []));
        const numbered: string[] = [];
        for (const one of steps) {
          if ("next" in one) listening.ear.hearWith({ endOfTurn: one.next, finalWithinMs: 400 }, listening.at);
          else if ("ms" in one) listening.sound(one.ms, one.voice, one.ours);
          else listening.hears(counted(one.event, numbered), one.ours);
        }
        for (let passed = 0; passed < 16_000; passed += 100) listening.pass(100);
        const all = told().join(" ").split(" ");
        for (const number of numbered) expect(all.filter((word) => word === number)).toHaveLength(1);
        expect(told().filter((text) => text.trim() === "")).toEqual([]);
        const pauses = listening.types.filter((type) => ["pause", "resume", "interrupt"].includes(type)).join(" ");
        expect(pauses).not.toContain("pause pause");
        expect(pauses.endsWith("pause")).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
