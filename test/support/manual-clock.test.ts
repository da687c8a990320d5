import { expect, test } from "vitest";
import { createManualClock } from "./manual-clock.ts";

test("timers run in the order of their deadlines, equal ones as they were set, and those set on the way too", async () => {
  const clock = createManualClock(1000);
  const ran: string[] = [];
  const note = (name: string) => (): void => void ran.push(`${name}@${clock.now()}`);
  clock.after(20, note("c"));
  clock.after(10, () => {
    note("a")();
    clock.after(5, note("b"));
  });
  clock.after(20, note("d"));
  clock.after(100, note("later"));
  await clock.advance(50);
  expect(ran).toEqual(["a@1010", "b@1015", "c@1020", "d@1020"]);
  expect(clock.now()).toBe(1050);
  expect(clock.waiting).toBe(1);
});

test("promises settle between timers, and a cancelled timer never runs", async () => {
  const clock = createManualClock();
  const ran: string[] = [];
  const cancel = clock.after(2, () => void ran.push("cancelled"));
  clock.after(1, () => {
    void (async () => {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      cancel();
      ran.push("settled");
    })();
  });
  await clock.advance(5);
  expect(ran).toEqual(["settled"]);
  expect(clock.waiting).toBe(0);
});
