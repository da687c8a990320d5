import { expect, test } from "vitest";
import { OverdueWords } from "../../src/daemon/media/overdue-words.ts";

const rule = { plainMs: 800 };

/** What is told, and after how many milliseconds, while nothing more is heard. */
function waited(words: OverdueWords, { from, to }: { from: number; to: number }): [string, number][] {
  const told: [string, number][] = [];
  for (let at = from; at <= to; at += 100) {
    const overdue = words.tick(at);
    if (overdue !== undefined) told.push([overdue, at - from]);
  }
  return told;
}

test("who has spoken and is not understood hears from us after two seconds, and again after five", () => {
  const words = new OverdueWords(rule);
  words.began(0);
  words.goesOn(1000);
  expect(waited(words, { from: 1000, to: 20_000 })).toEqual([
    ["late", 2000],
    ["lost", 4000],
  ]);
});

test("what is lost a second time, with no word between, nobody hears", () => {
  const words = new OverdueWords(rule);
  const told = [0, 10_000, 20_000].map((from) => {
    words.began(from);
    const last = waited(words, { from, to: from + 9000 }).at(-1)?.[0];
    if (from === 0) words.came("Hello");
    return last;
  });
  expect(told).toEqual(["lost", "lost", "deaf"]);
});

test("nobody is told to wait for nothing, for words that came, for a noise, or while the caller speaks on", () => {
  const words = new OverdueWords(rule);
  expect(waited(words, { from: 0, to: 5000 })).toEqual([]);
  for (const came of ["Hello", ""]) {
    words.began(5000);
    expect(words.came(came)).toBeUndefined();
    expect(waited(words, { from: 5000, to: 12_000 })).toEqual([]);
  }
  words.began(20_000);
  for (let at = 20_000; at < 40_000; at += 20) {
    words.goesOn(at);
    expect(words.tick(at)).toBeUndefined();
  }
});

test("a recogniser that says it has lost a turn has the caller asked at once", () => {
  const words = new OverdueWords(rule);
  expect(words.missed()).toBeUndefined();
  words.began(0);
  expect(words.missed()).toBe("lost");
});

test("speech that is heard once more, over a new connection, is no new speech", () => {
  const words = new OverdueWords(rule);
  words.began(0);
  words.began(1500);
  expect(waited(words, { from: 1500, to: 3000 })).toEqual([["late", 500]]);
  words.began(3900);
  expect(waited(words, { from: 3900, to: 8000 })).toEqual([["lost", 1100]]);
});

test("who was told to wait, and whose words come to nothing, is asked again", () => {
  const words = new OverdueWords(rule);
  words.began(0);
  expect(words.tick(2000)).toBe("late");
  expect(words.came("")).toBe("lost");
  expect(words.came("")).toBeUndefined();
});
