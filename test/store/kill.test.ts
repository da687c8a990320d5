// What is acknowledged survives kill -9.
import { expect, test } from "vitest";
import { temporaryFile } from "./fixture.ts";
import { killAfter } from "./kill.ts";

test("no acknowledged event is missing after kill -9 under load", { timeout: 60_000 }, async () => {
  const file = temporaryFile();
  for (const [run, count] of [1, 700, 5000].entries()) {
    expect(await killAfter(count, file, String(run))).toBeGreaterThanOrEqual(1);
  }
});
