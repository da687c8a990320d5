// Pruning: what goes, what stays, and that positions are never given twice.
import { expect, test } from "vitest";
import { notes, openStore, temporaryFile } from "./fixture.ts";

const never = { endedBefore: 0, keepCalls: Number.POSITIVE_INFINITY };

test("finished calls beyond the age go, with their webhooks; open ones and younger ones stay", async () => {
  const store = openStore();
  await store.append(notes("call-old", 1, ["1"], { ends: 10, webhook: { key: "k", reply: "r" } }));
  await store.append(notes("call-young", 1, ["1"], { ends: 20 }));
  await store.append(notes("call-open", 1, ["1"]));
  await store.appendStray({ key: "old", reply: "", at: 10, what: "stray" });
  await store.appendStray({ key: "young", reply: "r", at: 20, what: "stray" });
  expect(store.prune(never)).toBe(0);
  expect(store.prune({ ...never, endedBefore: 20 })).toBe(1);
  expect(store.read({ after: 0, limit: 9 }).map((event) => event.callId)).toEqual(["call-young", "call-open", ""]);
  expect(store.replyTo("k")).toBeUndefined();
  expect(store.replyTo("old")).toBeUndefined();
  expect(store.replyTo("young")).toBe("r");
  expect(store.prune({ ...never, endedBefore: 20 })).toBe(0);
});

test("of finished calls the newest are kept, a few deleted at a time", async () => {
  const store = openStore();
  const count = 50;
  for (let call = 0; call < count; call++) await store.append(notes(`call-${call}`, 1, ["1", "2"], { ends: call }));
  const batches = [];
  for (
    let calls = store.prune({ endedBefore: 0, keepCalls: 5 });
    calls > 0;
    calls = store.prune({ endedBefore: 0, keepCalls: 5 })
  )
    batches.push(calls);
  expect(batches.reduce((sum, calls) => sum + calls, 0)).toBe(count - 5);
  expect(Math.max(...batches)).toBeLessThan(20);
  expect(store.read({ after: 0, limit: 99 }).map((event) => event.callId)).toContain("call-45");
  expect(store.findCall("call-44")).toBeUndefined();
});

test("positions are not used again, also when everything is pruned and the file opened anew", async () => {
  const file = temporaryFile();
  const store = openStore(file);
  await store.append(notes("call-a", 1, ["1", "2"], { ends: 1 }));
  expect(store.prune({ ...never, endedBefore: 5 })).toBe(1);
  expect(store.lastSeq()).toBe(2);
  await store[Symbol.asyncDispose]();
  const reopened = openStore(file);
  expect(reopened.lastSeq()).toBe(2);
  expect(reopened.read({ after: 0, limit: 9 })).toEqual([]);
  expect(await reopened.append(notes("call-b", 1, ["1"]))).toMatchObject([{ seq: 3 }]);
  expect(await reopened.append(notes("call-a", 1, ["1"]))).toMatchObject([{ seq: 4 }]);
});

test("the last events are counted, not computed, where pruning left holes", async () => {
  const store = openStore();
  for (let call = 0; call < 10; call++) {
    await store.append(notes(`call-${call}`, 1, ["1"], call % 2 === 0 ? { ends: 1 } : {}));
  }
  store.prune({ ...never, endedBefore: 5 });
  expect(store.read({ after: store.positionOfLast(3), limit: 9 }).map((event) => event.seq)).toEqual([6, 8, 10]);
});
