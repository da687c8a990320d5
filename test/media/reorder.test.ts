// The window that puts swapped frames back into order.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ReorderWindow } from "../../src/daemon/media/reorder.ts";

function heard(chunks: readonly number[]): { out: (number | string)[]; window: ReorderWindow<number> } {
  const window = new ReorderWindow<number>();
  const out = chunks.flatMap((chunk) =>
    window.push(chunk, chunk).flatMap(({ frame, missing }) => (missing > 0 ? [`gap ${missing}`, frame] : [frame])),
  );
  return { out, window };
}

test.for<[string, number[], (number | string)[], { dropped?: number; lost?: number }]>([
  ["in order", [1, 2, 3], [1, 2, 3], {}],
  ["from a number in the middle, as after a reconnect", [700, 701], [700, 701], {}],
  ["two that are swapped", [1, 3, 2, 4], [1, 2, 3, 4], {}],
  ["one that is two late", [1, 3, 4, 2, 5], [1, 2, 3, 4, 5], {}],
  ["one that is too late", [1, 3, 4, 5, 2, 6], [1, "gap 1", 3, 4, 5, 6], { dropped: 1, lost: 1 }],
  ["one that never comes", [1, 3, 4, 5], [1, "gap 1", 3, 4, 5], { lost: 1 }],
  ["a hole of many", [1, 50, 51, 52, 53], [1, "gap 48", 50, 51, 52, 53], { lost: 48 }],
  ["two holes", [1, 3, 5, 7, 8, 9], [1, "gap 1", 3, "gap 1", 5, "gap 1", 7, 8, 9], { lost: 3 }],
  ["one that comes twice", [1, 2, 2, 3], [1, 2, 3], { dropped: 1 }],
  ["one that waits and comes twice", [1, 3, 3, 2], [1, 2, 3], { dropped: 1 }],
  ["one from before the first", [5, 4, 6], [5, 6], { dropped: 1 }],
])("%s", ([, chunks, expected, { dropped = 0, lost = 0 }]) => {
  const { out, window } = heard(chunks);
  expect(out).toEqual(expected);
  expect(window).toMatchObject({ dropped, lost });
});

test("whatever comes: numbers only rise, nothing is heard twice, and every gap is told in frames", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1 }), (chunks) => {
      const window = new ReorderWindow<number>();
      let next = chunks[0] ?? 0;
      let out = 0;
      for (const chunk of chunks) {
        for (const { frame, missing } of window.push(chunk, chunk)) {
          expect(frame).toBe(next + missing);
          next = frame + 1;
          out++;
        }
      }
      // Nothing waits for more than the window.
      expect(chunks.length - out - window.dropped).toBeLessThan(3);
    }),
  );
});

test("frames that are shuffled within the window lose nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 100 }), (swaps) => {
      const chunks = swaps.map((_, at) => at);
      for (let at = 1; at + 1 < chunks.length; at += 2) {
        if (swaps[at] === true) [chunks[at], chunks[at + 1]] = [at + 1, at];
      }
      expect(heard([...chunks, swaps.length, swaps.length + 1]).window).toMatchObject({ dropped: 0, lost: 0 });
    }),
  );
});

test("a carrier that counts anew, or once far too high, is heard again after half a second", () => {
  const window = new ReorderWindow<number>();
  window.push(1, 1);
  for (let chunk = 1_000_000; chunk < 1_000_003; chunk++) window.push(chunk, chunk);
  const again: number[] = [];
  for (let chunk = 2; chunk <= 60; chunk++) again.push(...window.push(chunk, chunk).map(({ frame }) => frame));
  expect(again.length).toBeGreaterThan(30);
  expect(again.at(-1)).toBe(60);
});
