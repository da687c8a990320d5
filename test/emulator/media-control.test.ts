import { expect, test } from "vitest";
import { startTwilioEmulator } from "../../src/emulator/index.ts";

test("media faults come over HTTP too, and are checked", async () => {
  await using emulator = await startTwilioEmulator();
  const send = async (media: object[]): Promise<number> => {
    const body = JSON.stringify({ media });
    return (await fetch(`${emulator.url}/emulator/faults`, { method: "POST", body })).status;
  };
  expect(await send([{ fault: "stall", afterMs: 10, forMs: 10, times: 1 }])).toBe(200);
  expect(await send([{ fault: "stall" }])).toBe(400);
  expect(await send([{ fault: "hologram" }])).toBe(400);
});
