// Following the log: resuming, filtering, congestion, wake-ups.
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { StoredEvent } from "../../src/call/event.ts";
import { systemClock } from "../../src/daemon/deps.ts";
import { createFeed } from "../../src/daemon/store/feed.ts";
import type { FollowQuery } from "../../src/router/context.ts";
import { notes, openStore, until } from "./fixture.ts";

function follower(query: Partial<FollowQuery>, store = openStore()) {
  const feed = createFeed(store, systemClock);
  const ending = new AbortController();
  const batches: StoredEvent[][] = [];
  const done = (async () => {
    for await (const batch of feed.follow({ congested: () => false, ...query }, ending.signal)) batches.push(batch);
  })();
  const seqs = (): number[] => batches.flat().map((event) => event.seq);
  async function stop(): Promise<void> {
    ending.abort();
    await done;
    expect(feed.followers()).toBe(0);
  }
  return { feed, batches, seqs, stop };
}

const upTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

test("new events only, unless a beginning is asked for", async () => {
  const store = openStore();
  await store.append(notes("call-a", 1, ["1", "2", "3"]));
  const now = follower({}, store);
  const all = follower({ since: 0 }, store);
  const lastTwo = follower({ since: 2 }, store);
  const resumed = follower({ after: 2, since: 0 }, store);
  const elsewhere = follower({ after: 99 }, store);
  await store.append(notes("call-a", 4, ["4"]));
  await until(() => [now, all, lastTwo, resumed, elsewhere].every((one) => one.seqs().includes(4)));
  expect(now.seqs()).toEqual([4]);
  expect(all.seqs()).toEqual([1, 2, 3, 4]);
  expect(lastTwo.seqs()).toEqual([2, 3, 4]);
  expect(resumed.seqs()).toEqual([3, 4]);
  expect(elsewhere.seqs()).toEqual([4]);
  expect(now.feed.followers()).toBe(1);
  for (const one of [now, all, lastTwo, resumed, elsewhere]) await one.stop();
});

test("a follower of one call gets that call's events alone", async () => {
  const store = openStore();
  const one = follower({ callId: "call-b", since: 0 }, store);
  await store.append(notes("call-a", 1, ["1", "2"]));
  await store.append(notes("call-b", 1, ["3"]));
  await store.append(notes("call-a", 3, ["4"]));
  await store.append(notes("call-b", 2, ["5"]));
  await until(() => one.seqs().includes(5));
  expect(one.seqs()).toEqual([3, 5]);
  await one.stop();
});

test("resuming again and again under concurrent appends loses and repeats nothing", async () => {
  const store = openStore();
  const feed = createFeed(store, systemClock);
  const total = 3000;
  let appended = 0;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let callSeq = 1; appended < total; callSeq++) {
      appended++;
      await store.append(notes(`call-${writer}`, callSeq, ["x"]));
    }
  });
  const seen: number[] = [];
  while (seen.length < total) {
    const ending = new AbortController();
    let batches = 0;
    for await (const batch of feed.follow({ after: seen.at(-1) ?? 0, congested: () => false }, ending.signal)) {
      seen.push(...batch.map((event) => event.seq));
      if (++batches === 3 || seen.length >= total) ending.abort();
    }
  }
  await Promise.all(writers);
  expect(seen).toEqual(upTo(1, total));
  expect(feed.followers()).toBe(0);
});

test("a long replay comes in bounded batches", async () => {
  const store = openStore();
  for (let call = 0; call < 10; call++) await store.append(notes(`call-${call}`, 1, Array<string>(100).fill("x")));
  const one = follower({ since: 0 }, store);
  await until(() => one.seqs().length === 1000);
  expect(Math.max(...one.batches.map((batch) => batch.length))).toBe(256);
  expect(one.seqs()).toEqual(upTo(1, 1000));
  await one.stop();
});

test("nothing is read for a congested follower; it goes on where it was and others lose nothing", async () => {
  const store = openStore();
  let isCongested = true;
  const slow = follower({ since: 0, congested: () => isCongested }, store);
  const quick = follower({ since: 0 }, store);
  for (let callSeq = 1; callSeq <= 20; callSeq++) await store.append(notes("call-a", callSeq, ["x"]));
  await until(() => quick.seqs().length === 20);
  expect(slow.batches).toEqual([]);
  isCongested = false;
  await until(() => slow.seqs().length === 20);
  expect(slow.seqs()).toEqual(upTo(1, 20));
  isCongested = true;
  await slow.stop();
  await quick.stop();
});

test("waiting ends at once with the signal and leaves no listener behind", async () => {
  const store = openStore();
  const ending = new AbortController();
  const { signal } = ending;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  for (let callSeq = 1; callSeq <= 5; callSeq++) {
    const woken = store.committedAfter(store.lastSeq(), signal);
    expect(listeners).toBe(1);
    await store.append(notes("call-a", callSeq, ["x"]));
    await woken;
    expect(listeners).toBe(0);
  }
  await store.committedAfter(0, signal);
  const waiting = store.committedAfter(store.lastSeq(), signal);
  ending.abort();
  await waiting;
  expect(listeners).toBe(0);
  await store.committedAfter(store.lastSeq(), signal);
});

test("a commit wakes each waiter once, whatever it holds", async () => {
  const store = openStore();
  let woken = 0;
  void store.committedAfter(0, new AbortController().signal).then(() => woken++);
  await Promise.all([store.append(notes("call-a", 1, ["1"])), store.append(notes("call-b", 1, ["1"]))]);
  await setImmediate();
  expect(woken).toBe(1);
});
