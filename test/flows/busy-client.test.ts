// A client whose process is busy for seconds, as a Gateway is while it starts.
import { expect, test } from "vitest";
import { findDaemon } from "../../src/client/find.ts";
import { createHome } from "../support/daemon.ts";

test("a client that was too busy to hear the daemon's answer does not take the daemon for dead", async () => {
  await using home = await createHome({ provider: "mock" });
  await home.connect();
  const finding = findDaemon(home.stateDir);
  const until = Date.now() + 1500;
  while (Date.now() < until);
  expect(await finding).toMatchObject({ pid: (await home.record())?.pid });
});
