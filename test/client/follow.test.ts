// Following across restarts: in order, each event once, at the reader's pace.
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { type FakePorts, fakePorts, listen } from "../control/fake-context.ts";
import { stateDirectory } from "./fixture.ts";

const otherToken = "fedcba9876543210".repeat(4);

test("a follower goes on where it was when the daemon comes back on another port", async () => {
  const ports = fakePorts();
  await using home = await stateDirectory();
  const first = await listen(ports);
  await home.write({ url: first.url });
  await using voice = await connect({ ...home, autoStart: false });
  const seen: number[] = [];
  const following = (async () => {
    for await (const { seq } of voice.events.follow()) if (seen.push(seq) === 6) break;
  })();
  await expect.poll(() => ports.feed.following).toBe(1);
  ports.feed.push("call-1", "call-1");
  await expect.poll(() => seen).toEqual([1, 2]);

  await home.remove();
  await first[Symbol.asyncDispose]();
  ports.feed.push("call-1", "call-1");
  await using second = await listen(ports, otherToken);
  await home.write({ url: second.url, token: otherToken });
  await expect.poll(() => seen, { timeout: 3000 }).toEqual([1, 2, 3, 4]);
  ports.feed.push("call-1", "call-1");
  await following;
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a follower of new events that was cut off before the first one misses none", async () => {
  const ports = fakePorts();
  ports.feed.push("old");
  await using home = await stateDirectory();
  const first = await listen(ports);
  await home.write({ url: first.url });
  await using voice = await connect({ ...home, autoStart: false });
  const following = voice.events.follow()[Symbol.asyncIterator]();
  const next = following.next();
  await expect.poll(() => ports.feed.following).toBe(1);
  await first[Symbol.asyncDispose]();
  ports.feed.push("new");
  await using second = await listen(ports);
  await home.write({ url: second.url });
  expect(await next).toMatchObject({ done: false, value: { seq: 2, callId: "new" } });
  await following.return?.();
});

test("a follower that is ended while it looks for the daemon ends, and follows nothing", async () => {
  const ports = fakePorts();
  const { health } = ports.system;
  const leaving = new AbortController();
  ports.system.health = () => {
    leaving.abort();
    return health();
  };
  await using listener = await listen(ports);
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  const events = voice.events.follow({ signal: leaving.signal });
  expect(await events[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  expect(ports.feed.queries).toEqual([]);
});

test("a follower that is slow holds its socket still, and gets everything", async () => {
  const total = 40_000;
  const longId = "call-".padEnd(400, "x");
  const ports = fakePorts();
  await using listener = await listen(ports);
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  ports.feed.push(...Array.from({ length: total }, () => longId));
  let seen = 0;
  for await (const { seq } of voice.events.follow({ since: 0 })) {
    expect(seq).toBe(++seen);
    if (seen === 1) {
      await expect.poll(() => ports.feed.queries[0]?.congested()).toBe(true);
      expect(ports.feed.taken).toBeLessThan(total / 2);
    }
    if (seen === total) break;
  }
});

test("the signal ends a follower that waits, and so does the client's end", async () => {
  const ports = fakePorts();
  await using listener = await listen(ports);
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  const voice = await connect({ ...home, autoStart: false });
  const controller = new AbortController();
  const bySignal = countEvents(voice.events.follow({ signal: controller.signal }));
  const byEnd = countEvents(voice.events.follow());
  await expect.poll(() => ports.feed.following).toBe(2);
  controller.abort();
  expect(await bySignal).toBe(0);
  await expect.poll(() => ports.feed.following).toBe(1);
  await voice[Symbol.asyncDispose]();
  expect(await byEnd).toBe(0);
  await expect.poll(() => ports.feed.following).toBe(0);
  expect(await countEvents(voice.events.follow())).toBe(0);
});

test("a signal ends a follower that waits for a daemon", async () => {
  const ports = fakePorts();
  await using home = await stateDirectory();
  const listener = await listen(ports);
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  const controller = new AbortController();
  const following = countEvents(voice.events.follow({ signal: controller.signal }));
  await expect.poll(() => ports.feed.following).toBe(1);
  await home.remove();
  await listener[Symbol.asyncDispose]();
  controller.abort();
  expect(await following).toBe(0);
});

test("what the daemon refuses is thrown", async () => {
  const ports: FakePorts = fakePorts();
  await using listener = await listen(ports);
  await using home = await stateDirectory();
  await home.write({ url: listener.url });
  await using voice = await connect({ ...home, autoStart: false });
  await expect(countEvents(voice.events.follow({ since: -1 }))).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

async function countEvents(events: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _event of events) count++;
  return count;
}
