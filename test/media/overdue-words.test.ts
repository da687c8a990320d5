import { expect, test } from "vitest";
import { OverdueWords } from "../../src/daemon/media/overdue-words.ts";

const lateAfterMs = 2000;
const alone = true;

/** What is told, and after how many milliseconds, while nothing more is heard. */
function waited(words: OverdueWords, { from, to }: { from: number; to: number }): [string, number][] {
  const told: [string, number][] = [];
  for (let at = from; at <= to; at += 100) {
    const overdue = words.tick(at);
    if (overdue !== undefined) told.push([overdue, at - from]);
  }
  return told;
}

test("who has spoken and is not understood hears from us after two seconds, and is deaf to us before ten", () => {
  const words = new OverdueWords(lateAfterMs);
  for (let ms = 0; ms <= 1200; ms += 32) words.spoke(ms, { ms, alone });
  expect(waited(words, { from: 1200, to: 20_000 })).toEqual([
    ["late", 2000],
    ["deaf", 4200],
  ]);
});

test("one short sound that comes to nothing costs no recogniser, a second one does", () => {
  const words = new OverdueWords(lateAfterMs);
  words.came("Hello");
  words.spoke(0, { ms: 800, alone });
  expect(waited(words, { from: 0, to: 10_000 }).map(([what]) => what)).toEqual(["late", "lost"]);
  words.spoke(12_000, { ms: 400, alone });
  expect(waited(words, { from: 12_000, to: 20_000 }).map(([what]) => what)).toEqual(["late", "deaf"]);
});

test("a recogniser of which no word has ever come is given less credit", () => {
  const words = new OverdueWords(lateAfterMs);
  words.spoke(0, { ms: 800, alone });
  expect(waited(words, { from: 0, to: 10_000 }).map(([what]) => what)).toEqual(["late", "deaf"]);
});

test("a long laugh into our own words is no proof that nobody hears", () => {
  const words = new OverdueWords(lateAfterMs);
  words.spoke(0, { ms: 2000, alone: false });
  expect(waited(words, { from: 0, to: 10_000 }).map(([what]) => what)).toEqual(["late", "lost"]);
});

test("what a recogniser has noticed is lost when its words do not come, and the recogniser kept", () => {
  const words = new OverdueWords(lateAfterMs);
  for (let ms = 0; ms <= 1200; ms += 32) words.spoke(ms, { ms, alone });
  words.noticed(1200);
  expect(waited(words, { from: 1200, to: 20_000 }).map(([what]) => what)).toEqual(["late", "lost"]);
  words.came("Hello");
  words.noticed(30_000);
  expect(waited(words, { from: 30_000, to: 40_000 }).map(([what]) => what)).toEqual(["late", "lost"]);
});

test("nobody is told to wait for a knock, for words that came, or while the caller speaks on", () => {
  const words = new OverdueWords(lateAfterMs);
  words.spoke(0, { ms: 200, alone });
  expect(waited(words, { from: 0, to: 5000 })).toEqual([]);
  words.noticed(5000);
  words.came("");
  expect(waited(words, { from: 5000, to: 12_000 })).toEqual([]);
  words.noticed(20_000);
  for (let at = 20_000; at < 40_000; at += 20) {
    words.goesOn(at);
    expect(words.tick(at)).toBeUndefined();
  }
});

test("a recogniser that says it has lost a turn has the caller asked at once", () => {
  const words = new OverdueWords(lateAfterMs);
  expect(words.missed()).toBeUndefined();
  words.noticed(0);
  expect(words.missed()).toBe("lost");
  words.noticed(5000);
  expect(words.missed()).toBe("deaf");
});

test("speech that is heard once more, over a new connection, is no new speech", () => {
  const words = new OverdueWords(lateAfterMs);
  words.noticed(0);
  words.noticed(1500);
  expect(waited(words, { from: 1500, to: 3000 })).toEqual([["late", 500]]);
  words.noticed(3900);
  expect(waited(words, { from: 3900, to: 8000 })).toEqual([["lost", 1100]]);
});

test("who was told to wait, and whose words come to nothing, is asked again", () => {
  const words = new OverdueWords(lateAfterMs);
  words.noticed(0);
  expect(words.tick(2000)).toBe("late");
  expect(words.came("")).toBe("lost");
  expect(words.came("")).toBeUndefined();
});
