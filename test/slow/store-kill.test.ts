// The long version of the store's durability test: fifty kills of one log.
import { expect, test } from "vitest";
import { temporaryFile } from "../store/fixture.ts";
import { killAfter } from "../store/kill.ts";

test("fifty kill -9 under load lose no acknowledged event", { timeout: 600_000 }, async () => {
  const file = temporaryFile();
  for (let run = 0; run < 50; run++) {
    expect(await killAfter(1 + ((run * 397) % 4000), file, String(run))).toBeGreaterThan(0);
  }
});
