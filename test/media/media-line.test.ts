import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TestCall } from "../call/calls.ts";
import { spokenBytes, StagedCall, streams } from "./staged-call.ts";

const final = (text: string) => ({ type: "final", text, turnEnd: true }) as const;
const story = "Once upon a time there was a telephone that rang and rang all night.";

/** A live call whose greeting, if any, was heard. */
async function live(greeting?: string, options: { recognisers?: number } = {}): Promise<StagedCall> {
  const call = TestCall.inbound({ traits: streams, ...(greeting !== undefined && { greeting }) });
  const stage = new StagedCall(call, options);
  await stage.tell({ type: "answered" });
  await stage.attach();
  if (greeting !== undefined) await stage.pass(spokenBytes(greeting) / 8 + 400);
  return stage;
}

async function asked(text = "What is new?"): Promise<StagedCall> {
  const stage = await live();
  await stage.hears(final(text));
  return stage;
}

describe("a barge-in", () => {
  test("stops us, keeps what was heard, and the reply to it is heard next", async () => {
    const stage = await asked();
    const [first] = await stage.reply(story, "The end.");
    await stage.pass(1500);
    stage.speaks = true;
    await stage.pass(400);
    await stage.hears(final("Something shorter please"));
    stage.speaks = false;
    expect(stage.call.log.find((event) => event.type === "utterance.cut")).toMatchObject({
      utteranceId: first,
      byCaller: true,
    });
    await stage.reply("Of course.");
    const before = stage.carrier.heardBytes;
    await stage.pass(1200);
    expect(stage.carrier.heardBytes - before).toBe(spokenBytes("Of course."));
    expect(stage.call.state.transcript.map(({ text }) => text).slice(-2)).toEqual([
      "Something shorter please",
      "Of course.",
    ]);
  });

  test("between two sentences keeps the second one from being said behind it", async () => {
    const stage = await asked();
    let go = (): void => undefined;
    stage.voiceMay = new Promise<void>((resolve) => (go = resolve));
    await stage.reply(story, "And so on.");
    await stage.hears(final("No, something else"));
    go();
    await stage.pass(1000);
    expect(stage.carrier.heardBytes).toBe(0);
    expect(stage.call.state.offer?.text).toBe("No, something else");
  });

  test("does not undo a greeting that has not begun: who picks up says hello", async () => {
    const stage = new StagedCall(TestCall.inbound({ traits: streams, greeting: "Good morning." }));
    let go = (): void => undefined;
    stage.voiceMay = new Promise<void>((resolve) => (go = resolve));
    await stage.tell({ type: "answered" });
    await stage.attach();
    await stage.hears(final("Hello?"));
    go();
    await stage.pass(1100);
    expect(stage.carrier.heardBytes).toBe(spokenBytes("Good morning."));
  });
});

describe("a media socket that is lost", () => {
  test("while a sentence is being made is opened anew, and not given up", async () => {
    const stage = await asked();
    let go = (): void => undefined;
    stage.voiceMay = new Promise<void>((resolve) => (go = resolve));
    await stage.reply("It is nine.");
    await stage.drop();
    expect(stage.call.types).not.toContain("stream.abandoned");
    go();
    await stage.attach();
    await stage.pass(1500);
    expect(stage.carrier.heardBytes).toBe(spokenBytes("It is nine."));
  });

  test("gives way to one that comes up while it is there, and nothing is said of the old one", async () => {
    const stage = await asked();
    await stage.reply(story);
    await stage.pass(1000);
    await stage.attach();
    await stage.pass(6000);
    expect(stage.call.types).not.toContain("line.lost");
    expect(stage.call.types).toContain("utterance.played");
    expect(stage.carrier.heardBytes).toBeGreaterThanOrEqual(spokenBytes(story) - 8 * 1000 - 320);
  });
});

describe("who speaks for long", () => {
  test("is not asked whether they are there, and not hung up on", async () => {
    const stage = await asked("Hello");
    await stage.reply("What can I do for you?");
    await stage.pass(2000);
    await stage.hears({ type: "speechStarted" });
    stage.speaks = true;
    await stage.pass(70_000);
    expect(stage.asked).toEqual(["What can I do for you?"]);
    expect(stage.call.types).not.toContain("farewell.requested");
    stage.speaks = false;
    await stage.hears(final("That is all"));
    expect(stage.call.state.offer?.text).toBe("That is all");
  });

  test("is not talked over by a filler", async () => {
    const stage = await asked("Tell me");
    await stage.hears({ type: "speechStarted" });
    stage.speaks = true;
    await stage.pass(3000);
    expect(stage.carrier.heardBytes).toBe(0);
    expect(stage.call.state.turn.whose).not.toBe("agent");
  });

  test("and then is silent is asked after all", async () => {
    const stage = await asked("Hello");
    await stage.reply("Yes.");
    await stage.pass(1000);
    await stage.hears({ type: "speechStarted" });
    await stage.hears({ type: "missed", message: "a noise" });
    await stage.pass(25_000);
    expect(stage.asked).toContain("Are you there?");
  });
});

describe("the last recogniser", () => {
  test("that is lost while it rings is told when the call is live, and the caller hears of it", async () => {
    const stage = new StagedCall(TestCall.outbound({ traits: streams }).placed());
    await stage.tell({ type: "ringing" });
    await stage.hears({ type: "lost", message: "refused the key" });
    expect(stage.call.types).not.toContain("stream.abandoned");
    await stage.attach();
    expect(stage.call.types).toContain("stream.abandoned");
    expect(stage.call.log).toContainEqual(
      expect.objectContaining({ type: "utterance.requested", text: "I cannot hear you well." }),
    );
  });

  test("that is lost in our pause leaves the pause to end", async () => {
    const stage = await live("Good morning.", { recognisers: 2 });
    await stage.hears(final("What is new?"));
    await stage.reply(story);
    await stage.pass(1000);
    stage.speaks = true;
    await stage.pass(400);
    stage.speaks = false;
    await stage.hears({ type: "lost", message: "gone" });
    await stage.pass(8000);
    expect(stage.call.types).not.toContain("utterance.cut");
    expect(stage.call.state.turn.whose).not.toBe("agent");
  });
});

describe("an operator", () => {
  test("who says something while a reply is spoken is heard behind its sentence, in place of the rest", async () => {
    const stage = await asked();
    await stage.reply("Here is one.", story);
    await stage.pass(200);
    stage.call.order({ type: "say", text: "By the way." });
    await stage.add([]);
    await stage.pass(8000);
    const played = stage.call.log.flatMap((event) => (event.type === "utterance.played" ? [event.utteranceId] : []));
    const said = stage.call.state.transcript.filter(({ speaker }) => speaker === "bot").map(({ text }) => text);
    expect(said.at(-1)).toBe("By the way.");
    expect(played).toHaveLength(said.length);
  });

  test("who asks is answered by words that are spoken over the question", async () => {
    const stage = await live("Good morning.");
    const question = "Would you rather come on Tuesday or on Wednesday next week?";
    await stage.add([{ type: "utterance.requested", utteranceId: "q1", text: question, purpose: "ask" }]);
    await stage.pass(1500);
    stage.speaks = true;
    await stage.pass(300);
    stage.speaks = false;
    await stage.hears({ type: "partial", text: "Yes" });
    await stage.hears(final("Yes."));
    expect(stage.call.log.findLast((event) => event.type === "caller.spoke")).toMatchObject({ answers: "q1" });
    expect(stage.call.log.find((event) => event.type === "utterance.cut")).toMatchObject({ utteranceId: "q1" });
  });
});

test("when no voice can speak, the carrier's own says the same sentence", async () => {
  const stage = await asked();
  stage.voiceFails = true;
  await stage.reply("It is nine.");
  expect(stage.call.types.slice(-1)).toEqual(["stream.abandoned"]);
  expect(stage.call.effects).toContainEqual(expect.objectContaining({ type: "speak", text: "It is nine." }));
});

test("the hang-up waits for the farewell, which nobody can interrupt", async () => {
  const stage = await asked("Bye");
  await stage.reply("Goodbye.");
  await stage.add([{ type: "farewell.requested", reason: "hangup-bot" }]);
  await stage.pass(300);
  stage.speaks = true;
  await stage.hears(final("Wait"));
  stage.speaks = false;
  expect(stage.call.types).not.toContain("hangUp.requested");
  await stage.pass(1200);
  expect(stage.carrier.heardBytes).toBe(spokenBytes("Goodbye."));
  expect(stage.call.types).toContain("hangUp.requested");
});

test("a hang-up behind a farewell whose mark is lost comes all the same", async () => {
  const stage = await asked("Bye");
  stage.carrier.losesMarks = true;
  await stage.reply("Goodbye.");
  await stage.add([{ type: "farewell.requested", reason: "hangup-bot" }]);
  await stage.pass(2000);
  expect(stage.call.types).not.toContain("hangUp.requested");
  await stage.pass(3000);
  expect(stage.call.types).toContain("hangUp.requested");
  expect(stage.call.log).toContainEqual(expect.objectContaining({ type: "utterance.played", proof: "estimate" }));
});

const word = fc.constantFrom("No", "Wait please", "Mhm", "", "Something else altogether");
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("reply" as const), count: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("speak" as const),
      ms: fc.integer({ min: 1, max: 30 }),
      text: word,
      partial: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom("drop" as const, "second" as const, "say" as const) }) },
);

test(
  "a thousand random interruptions leave every queue empty, and the next sentence audible",
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const stage = await asked();
        for (const one of steps) {
          if (one.act === "pass") await stage.pass(one.ms * 20);
          else if (one.act === "reply" && stage.call.state.offer !== undefined)
            await stage.reply(...["Here is one.", "Here is another one.", story].slice(0, one.count));
          else if (one.act === "speak") {
            stage.speaks = true;
            await stage.hears({ type: "speechStarted" });
            await stage.pass(one.ms * 20);
            if (one.partial) await stage.hears({ type: "partial", text: one.text });
            stage.speaks = false;
            await stage.hears({ type: "speechStopped" });
            await stage.hears(final(one.text));
          } else if (one.act === "drop") {
            await stage.drop();
            await stage.attach();
          } else if (one.act === "second") await stage.attach();
          else if (one.act === "say")
            await stage.add([
              {
                type: "utterance.requested",
                utteranceId: `u${stage.call.log.length + 1}`,
                text: "By the way.",
                purpose: "say",
              },
            ]);
        }
        await stage.pass(14_000);
        expect(stage.call.state.queue).toEqual([]);
        expect(stage.call.state.turn.whose).not.toBe("agent");
        expect(stage.call.types).not.toContain("stream.abandoned");
        const before = stage.carrier.heardBytes;
        await stage.add([{ type: "utterance.requested", utteranceId: "last", text: "And now this.", purpose: "say" }]);
        await stage.pass(1200);
        expect(stage.carrier.heardBytes - before).toBe(spokenBytes("And now this."));
        expect(stage.faults).toEqual([]);
      }),
      { numRuns: 300 },
    );
  },
);
