import { expect, test } from "vitest";
import { SpeechGate, type SpeechEdge, type SpeechGateOptions } from "../../src/daemon/media/vad/speech-gate.ts";

interface Heard extends SpeechEdge {
  /** The step after which it was known. */
  step: number;
}

/** Steps of 32 ms: `s` speech, `m` in between, `.` silence. */
function heard(steps: string, options: SpeechGateOptions, gate = new SpeechGate(options)): Heard[] {
  const levels: Record<string, number> = { s: 0.9, m: 0.4, ".": 0.1 };
  return steps.split("").flatMap((step, at) => {
    const edge = gate.push(levels[step] ?? Number.NaN);
    return edge === undefined ? [] : [{ ...edge, step: at }];
  });
}

const options = { onsetMs: 250, silenceMs: 300 };
const word = "ssssssss";

test("speech begins where its first step began, and is known after 250 ms", () => {
  expect(heard(`....${word}`, options)).toEqual([{ kind: "start", at: 4 * 256, step: 11 }]);
});

test("speech ends where silence began, and is known after the silence", () => {
  expect(heard(`${word}ss..........`, options)).toEqual([
    { kind: "start", at: 0, step: 7 },
    { kind: "end", at: 10 * 256, step: 19 },
  ]);
});

test.each(["s", "ss", "ssss", "sss.ss", "ss...ss...ss...ss", "s..s..s..s..s..s"])(
  "a sound as short as %s never was speech",
  (sound) => {
    expect(heard(`..${sound}${".".repeat(20)}`, options)).toEqual([]);
  },
);

test("one loud step in a long murmur is not speech", () => {
  expect(heard(`..s${"m".repeat(30)}`, options)).toEqual([]);
});

test("the gap between two syllables ends nothing", () => {
  expect(heard("sss..sss", options)).toEqual([{ kind: "start", at: 0, step: 7 }]);
  expect(heard(`${word}.........s`, options)).toEqual([{ kind: "start", at: 0, step: 7 }]);
});

test("speech is not announced in the middle of a gap that may be its end", () => {
  expect(heard("ssssss..", options)).toEqual([]);
  expect(heard("ssssss..s", options)).toEqual([{ kind: "start", at: 0, step: 8 }]);
});

test("a voice at the edge does not flutter between the two", () => {
  expect(heard(`${word}${"m".repeat(50)}${"m.".repeat(3)}`, options)).toEqual([{ kind: "start", at: 0, step: 7 }]);
});

test("silence counts from its beginning when what follows is neither loud nor silent", () => {
  const edges = heard(`${word}.${"m".repeat(20)}`, options);
  expect(edges).toEqual([
    { kind: "start", at: 0, step: 7 },
    { kind: "end", at: 8 * 256, step: 17 },
  ]);
});

test("every beginning has one end, whatever is said", () => {
  const gate = new SpeechGate(options);
  const edges = heard(`${word}${".".repeat(12)}`.repeat(5), options, gate);
  expect(edges.map(({ kind }) => kind)).toEqual("start end ".repeat(5).trim().split(" "));
  expect(edges.map(({ at }) => at)).toEqual(edges.map(({ at }) => at).toSorted((a, b) => a - b));
  expect(gate.speaking).toBe(false);
});

test("no onset time at all still takes two steps, so that a click does not interrupt", () => {
  expect(heard("..s...s...ss", { onsetMs: 0, silenceMs: 100 })).toEqual([{ kind: "start", at: 10 * 256, step: 11 }]);
});

test("after a reset a sentence that had begun is not ended", () => {
  const gate = new SpeechGate(options);
  heard(word, options, gate);
  expect(gate.speaking).toBe(true);
  gate.reset();
  expect(gate.speaking).toBe(false);
  expect(heard(`${".".repeat(20)}${word}`, options, gate)).toEqual([{ kind: "start", at: 20 * 256, step: 27 }]);
});
