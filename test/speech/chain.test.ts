import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createVoice, type Degradation } from "../../src/daemon/speech/chain.ts";
import { unheard } from "../../src/daemon/speech/unheard.ts";
import { wordCodes } from "../../src/emulator/speech/tone-speech.ts";
import { badManners, fakeDeps, FakeVoice, hear, type Manners } from "./fake-voice.ts";
import { holdsAllOf, never, wordsIn } from "./heard-words.ts";

/** Together with the 0.8 s of silence that end a caller's turn, 3 s. */
const patienceMs = 2200;
const sentence = "Your table is booked for seven, under the name of Miller, by the window.";

function chainOf(...manners: Manners[]) {
  const deps = fakeDeps();
  const names = ["first", "second", "third"];
  const voices = manners.map((kind, index) => new FakeVoice(names[index] ?? "", kind, deps.clock));
  return { ...deps, voices, voice: createVoice(voices, deps) };
}

test("the first voice speaks, alone", async () => {
  const { voice, voices, clock, lines } = chainOf("speaks", "speaks");
  const { audio, longestSilenceMs } = await hear(voice.speak(sentence, never), clock);
  expect(wordsIn(audio)).toEqual(wordCodes(sentence));
  expect(longestSilenceMs).toBeLessThan(50);
  expect(voices[1]?.asked).toEqual([]);
  expect(lines).toEqual([]);
  expect(voice.problems()).toEqual([]);
  expect(clock.waiting).toBe(0);
});

describe.each(badManners)("the first voice: %s", (first) => {
  test.each(["speaks", "slow", ...badManners] as const)(
    "and the second: %s. The caller hears every word and has 3 s of silence at most, from the last word on",
    async (second) => {
      const { voice, voices, clock, lines } = chainOf(first, second, "speaks");
      const degradations: Degradation[] = [];
      const heard = await hear(
        voice.speak(sentence, never, (degradation) => void degradations.push(degradation)),
        clock,
      );
      expect(heard.failure).toBeUndefined();
      expect(holdsAllOf(sentence, heard.audio)).toBe(true);
      expect(heard.longestSilenceMs).toBeLessThanOrEqual(patienceMs);
      expect(degradations[0]).toMatchObject({ voice: "first", error: { code: "SPEECH_FAILED" } });
      expect(voice.problems()[0]).toMatchObject({ voice: "first", since: expect.any(Number) });
      expect(lines.join("\n")).not.toMatch(/Miller|booked/);
      await setImmediate();
      const deaf = voices.filter(({ manners }) => manners === "deaf-to-abort").length;
      expect(
        voices.reduce((sum, { speaking }) => sum + speaking, 0),
        "nobody speaks on",
      ).toBeLessThanOrEqual(deaf);
      expect(clock.waiting, "no timer is left").toBe(0);
    },
  );

  test("and it is the only one: the failure is told in time, and says nothing of the text", async () => {
    const { voice, clock } = chainOf(first);
    const { failure, longestSilenceMs } = await hear(voice.speak(sentence, never), clock);
    expect(failure).toMatchObject({ code: "SPEECH_FAILED" });
    expect(longestSilenceMs).toBeLessThanOrEqual(patienceMs);
    expect(String(failure)).not.toMatch(/Miller|booked/);
  });
});

test("while a voice lets a caller wait, the others get ready", async () => {
  const { voice, voices, clock } = chainOf("never-answers", "speaks", "speaks");
  const first = voice.speak(sentence, never)[Symbol.asyncIterator]().next();
  await clock.advance(600);
  expect(voices.map(({ warmUps, asked }) => [warmUps, asked.length])).toEqual([
    [0, 1],
    [1, 0],
    [1, 0],
  ]);
  await clock.advance(2000);
  await first;
  const quick = chainOf("speaks", "speaks");
  await hear(quick.voice.speak(sentence, never), quick.clock);
  expect(quick.voices.map(({ warmUps }) => warmUps)).toEqual([0, 0]);
});

test("a voice that failed rests, longer each time, and takes over again when it can", async () => {
  const { voice, voices, clock, lines } = chainOf("fails", "speaks");
  const [first, second] = voices;
  const speak = () => hear(voice.speak(sentence, never), clock);
  const restMs = () => (voice.problems()[0]?.restsUntil ?? 0) - clock.now();
  await speak();
  await speak();
  expect(first?.asked, "it was left alone").toHaveLength(1);
  const rests: number[] = [];
  for (let trial = 0; trial < 8; trial++) {
    await clock.advance(Math.max(0, restMs()));
    const before = clock.now();
    await speak();
    rests.push((voice.problems()[0]?.restsUntil ?? 0) - before);
  }
  expect(first?.asked).toHaveLength(9);
  expect(rests[0]).toBeCloseTo(10_000, -2);
  expect(rests[1]).toBeCloseTo(20_000, -2);
  expect(rests.at(-1)).toBeCloseTo(300_000, -2);
  expect(lines, "the log is told once").toHaveLength(1);
  if (first !== undefined) first.manners = "speaks";
  await clock.advance(Math.max(0, restMs()));
  const asked = second?.asked.length;
  await speak();
  expect(second?.asked).toHaveLength(asked ?? -1);
  expect(voice.problems()).toEqual([]);
  expect(lines).toHaveLength(2);
});

test("what a person must mend is asked for less often", async () => {
  const { voice, clock } = chainOf("must-be-mended", "speaks");
  await hear(voice.speak("Hello there.", never), clock);
  const [problem] = voice.problems();
  expect(problem).toMatchObject({ hint: "give it a key" });
  expect((problem?.restsUntil ?? 0) - (problem?.since ?? 0)).toBe(60_000);
});

test("one sentence alone tries a voice that failed; the others do not wait for it", async () => {
  const { voice, voices, clock } = chainOf("never-answers", "speaks");
  await hear(voice.speak(sentence, never), clock);
  await clock.advance(10_000);
  const stop = new AbortController();
  const trial = voice.speak(sentence, stop.signal)[Symbol.asyncIterator]();
  const first = trial.next();
  await setImmediate();
  expect(voices[0]?.asked).toHaveLength(2);
  const other = await hear(voice.speak(sentence, never), clock);
  expect(other.longestSilenceMs).toBeLessThan(50);
  expect(voices[0]?.asked).toHaveLength(2);
  stop.abort();
  await first;
});

test("voices that rest are asked all the same when no other is left", async () => {
  const { voice, voices, clock } = chainOf("fails", "fails");
  expect((await hear(voice.speak(sentence, never), clock)).failure).toBeDefined();
  if (voices[1] !== undefined) voices[1].manners = "speaks";
  const { audio } = await hear(voice.speak(sentence, never), clock);
  expect(wordsIn(audio)).toEqual(wordCodes(sentence));
});

test("a voice that was given little time because another one used it up is not blamed", async () => {
  const { voice, clock } = chainOf("stalls-in-the-middle", "never-answers", "speaks");
  await hear(voice.speak(sentence, never), clock);
  expect(voice.problems().map((problem) => problem.voice)).toEqual(["first"]);
});

test("an abort stops everything at once, also a voice that does not listen to it", async () => {
  for (const manners of ["speaks", "never-answers", "deaf-to-abort", "drips"] as const) {
    const { voice, clock, voices } = chainOf(manners, "speaks");
    const stop = new AbortController();
    const audio = voice.speak(sentence, stop.signal)[Symbol.asyncIterator]();
    const first = audio.next();
    await clock.advance(800);
    stop.abort();
    await first;
    expect(await audio.next()).toMatchObject({ done: true });
    expect(voices[1]?.asked).toEqual([]);
    expect(voice.problems()).toEqual([]);
    expect(clock.waiting).toBe(0);
  }
});

test("a reader that leaves stops the voice; one that pauses is not taken for a silence", async () => {
  const { voice, voices, clock } = chainOf("speaks", "speaks");
  for await (const _piece of voice.speak(sentence, never)) break;
  await setImmediate();
  expect(voices[0]?.speaking).toBe(0);
  const audio = voice.speak(sentence, never)[Symbol.asyncIterator]();
  await audio.next();
  const takenMs = voices[0]?.takenMs;
  await clock.advance(120_000);
  expect(voices[0]?.takenMs, "nothing is made that nobody takes").toBe(takenMs);
  for (let step = await audio.next(); step.done !== true; step = await audio.next());
  expect(voices[1]?.asked).toEqual([]);
});

test("a long text is said in parts, and after a failure the rest of them by the next voice", async () => {
  const long = Array.from({ length: 12 }, () => sentence).join(" ");
  const { voice, voices, clock } = chainOf("fails-in-the-middle", "speaks");
  const { audio } = await hear(voice.speak(long, never), clock);
  expect(holdsAllOf(long, audio)).toBe(true);
  expect(Math.max(...(voices[1]?.asked ?? []).map((text) => text.length))).toBeLessThanOrEqual(300);
});

test("what cannot be said is no failure of a voice", async () => {
  const { voice, voices, clock } = chainOf("says-nothing");
  for (const text of ["", "…", " — ", "?!"]) {
    const { audio, failure } = await hear(voice.speak(text, never), clock);
    expect([audio.length, failure]).toEqual([0, undefined]);
  }
  expect(voices[0]?.asked).toEqual([]);
});

test("without any voice the failure says so", async () => {
  const { voice, clock } = chainOf();
  const { failure } = await hear(voice.speak(sentence, never), clock);
  expect(failure).toMatchObject({ code: "SPEECH_FAILED", message: "no voice could speak: none is configured" });
});

describe("phrases", () => {
  const phrase = "One moment, please.";

  test("that were prepared play at once, also when the service is down", async () => {
    const { voice, voices, clock } = chainOf("speaks", "speaks");
    voice.prepare([phrase, "Goodbye."]);
    await expect.poll(() => voices[0]?.asked).toEqual([phrase, "Goodbye."]);
    await expect.poll(() => voices[0]?.speaking).toBe(0);
    for (const one of voices) one.manners = "never-answers";
    for (const text of [phrase, "Goodbye."]) {
      const { audio, longestSilenceMs } = await hear(voice.speak(text, never), clock);
      expect(wordsIn(audio)).toEqual(wordCodes(text));
      expect(longestSilenceMs).toBeLessThan(50);
    }
    voice.prepare([phrase]);
    await setImmediate();
    expect(voices[0]?.asked, "made once").toHaveLength(2);
  });

  test("that another voice made are played only while the first cannot speak", async () => {
    const { voice, voices, clock } = chainOf("fails", "speaks");
    const [first, second] = voices;
    voice.prepare([phrase]);
    await expect.poll(() => second?.speaking === 0 && second.asked.length === 1).toBe(true);
    await hear(voice.speak(phrase, never), clock);
    expect([first?.asked.length, second?.asked.length]).toEqual([1, 1]);
    if (first !== undefined) first.manners = "speaks";
    await clock.advance(10_000);
    await hear(voice.speak(phrase, never), clock);
    expect([first?.asked.length, second?.asked.length]).toEqual([2, 1]);
  });

  test("are forgotten before they fill the memory, the oldest first", async () => {
    const { voice, voices } = chainOf("speaks");
    const many = Array.from({ length: 60 }, (_, n) => `Number ${n}. ${"This is a rather long phrase. ".repeat(8)}`);
    voice.prepare(many);
    await expect.poll(() => voices[0]?.asked.length, { timeout: 10_000 }).toBe(60);
    await expect.poll(() => voices[0]?.speaking).toBe(0);
    voice.prepare(many.slice(-2));
    await setImmediate();
    expect(voices[0]?.asked).toHaveLength(60);
    voice.prepare(many.slice(0, 1));
    await expect.poll(() => voices[0]?.asked.length).toBe(61);
  });
});

test("the end of a chain ends its voices, and what was being prepared", async () => {
  const { voice, voices, clock } = chainOf("never-answers", "speaks");
  voice.prepare(["One moment, please."]);
  const audio = voice.speak(sentence, never)[Symbol.asyncIterator]();
  const first = audio.next();
  await setImmediate();
  await voice[Symbol.asyncDispose]();
  expect(await first).toMatchObject({ done: true });
  expect(voices.map(({ disposed }) => disposed)).toEqual([true, true]);
  expect(clock.waiting).toBe(0);
});

test("what is left of a text begins at a word, at or before what was heard, and is never empty", () => {
  expect(unheard("Hello there, Mrs Miller.", 75 * 8, 75)).toBe("there, Mrs Miller.");
  expect(unheard("Hello there, Mrs Miller.", 1e6, 75)).toBe("Miller.");
  expect(unheard("Hello", 1e6, 75)).toBe("Hello");
  expect(unheard("今日はいい天気ですね", 75 * 8, 75).length).toBeLessThan(8);
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), fc.nat(100_000), (text, heardMs) => {
      const rest = unheard(text, heardMs, 75);
      expect(rest).not.toBe("");
      expect(text.endsWith(rest)).toBe(true);
      expect(text.length - rest.length).toBeLessThanOrEqual(heardMs / 75);
    }),
  );
});
