// Appending and reading back: order, atomicity, conflicts, durability across opening.
import fc from "fast-check";
import { expect, test } from "vitest";
import { note, notes, openStore, temporaryFile } from "./fixture.ts";

test("events come back in order, with positions that rise by one", async () => {
  const store = openStore();
  const [first, second] = await Promise.all([
    store.append(notes("call-a", 1, ["1", "2"])),
    store.append(notes("call-b", 1, ["3"])),
  ]);
  expect(first).toEqual([
    { seq: 1, callId: "call-a", callSeq: 1, at: 1000, v: 1, type: "carrier.noted", what: "1" },
    { seq: 2, callId: "call-a", callSeq: 2, at: 1000, v: 1, type: "carrier.noted", what: "2" },
  ]);
  expect(store.read({ after: 0, limit: 10 })).toEqual([...first, ...second]);
  expect(store.read({ after: 1, limit: 1 })).toEqual([first[1]]);
  expect(store.read({ after: 0, callId: "call-b", limit: 10 })).toEqual(second);
  expect(store.callEvents("call-a")).toEqual(first);
  expect(store.lastSeq()).toBe(3);
});

test("nothing is visible before the commit that acknowledges it", async () => {
  const store = openStore();
  const pending = store.append(notes("call-a", 1, ["1"]));
  expect(store.lastSeq()).toBe(0);
  expect(store.read({ after: 0, limit: 10 })).toEqual([]);
  await pending;
  expect(store.lastSeq()).toBe(1);
});

test("a gap is refused while neighbours of the same turn commit", async () => {
  const store = openStore();
  await store.append(notes("call-a", 1, ["1"]));
  const settled = await Promise.allSettled([
    store.append(notes("call-b", 1, ["before"])),
    store.append(notes("call-a", 3, ["gap"])),
    store.append(notes("call-a", 2, ["2"])),
    store.append(notes("call-a", 2, ["repeat"])),
    store.append(notes("call-c", 2, ["no beginning"])),
    store.append(notes("call-b", 2, ["after"])),
  ]);
  expect(settled.map((one) => one.status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
  ]);
  expect(settled[1]).toMatchObject({
    reason: { code: "STORE_FAILED", message: expect.stringContaining("event 3 of call-a does not follow") },
  });
  const stored = store.read({ after: 0, limit: 10 });
  expect(stored.map(({ seq, callId, callSeq }) => [seq, callId, callSeq])).toEqual([
    [1, "call-a", 1],
    [2, "call-b", 1],
    [3, "call-a", 2],
    [4, "call-b", 2],
  ]);
  expect(store.findCall("call-c")).toBeUndefined();
});

test("a webhook key is stored once; its append is refused whole and its reply stays the first", async () => {
  const store = openStore();
  const webhook = { key: "CA1:ringing", reply: "<Response/>" };
  const settled = await Promise.allSettled([
    store.append(notes("call-a", 1, ["1"], { webhook })),
    store.append(notes("call-b", 1, ["1", "2"], { webhook: { ...webhook, reply: "other" } })),
  ]);
  expect(settled[1]).toMatchObject({
    status: "rejected",
    reason: { code: "STORE_FAILED", message: expect.stringContaining("webhook") },
  });
  expect(store.replyTo("CA1:ringing")).toBe("<Response/>");
  expect(store.replyTo("CA1:answered")).toBeUndefined();
  expect(store.findCall("call-b")).toBeUndefined();
  await expect(store.append(notes("call-a", 2, ["2"], { webhook }))).rejects.toMatchObject({ code: "STORE_FAILED" });
  const [event] = await store.append(notes("call-a", 2, ["2"]));
  expect(event).toMatchObject({ seq: 2, callSeq: 2 });
});

test("an append without events is refused", async () => {
  await expect(openStore().append(notes("call-a", 1, []))).rejects.toMatchObject({ code: "STORE_FAILED" });
});

test("a stray webhook is kept for the record and for its repeats", async () => {
  const store = openStore();
  const stray = { key: "k", reply: "r", at: 5, what: "unknown call" };
  expect(await store.appendStray(stray)).toEqual({
    seq: 1,
    callId: "",
    callSeq: 0,
    at: 5,
    v: 1,
    ...note("unknown call"),
  });
  expect(store.read({ after: 0, limit: 5 })).toMatchObject([{ callId: "", what: "unknown call" }]);
  expect(store.replyTo("k")).toBe("r");
  await expect(store.appendStray(stray)).rejects.toMatchObject({ code: "STORE_FAILED" });
});

test("the index of calls answers by our id, the carrier's id and the request", async () => {
  const store = openStore();
  const request = { id: "req-1", digest: "d" };
  await store.append(notes("call-a", 1, ["1"], { row: { carrier: "twilio", startedAt: 10, request } }));
  await store.append(notes("call-b", 1, ["1"], { row: { carrier: "twilio", startedAt: 5 } }));
  expect(store.openCalls()).toEqual(["call-b", "call-a"]);
  expect(store.findRequest("req-1")).toEqual({ callId: "call-a", digest: "d" });
  expect(store.findRequest("req-2")).toBeUndefined();
  expect(store.findCall("CA1")).toBeUndefined();
  await store.append(
    notes("call-a", 2, ["2"], {
      row: { carrier: "twilio", startedAt: 10, request, carrierCallId: "CA1", endedAt: 20 },
    }),
  );
  expect(store.findCall("CA1")).toBe("call-a");
  expect(store.findCall("call-a")).toBe("call-a");
  expect(store.openCalls()).toEqual(["call-b"]);
  expect(store.carrierIdsSince(10)).toEqual(new Set(["CA1"]));
  expect(store.carrierIdsSince(11)).toEqual(new Set());
  const again = store.append(notes("call-c", 1, ["1"], { row: { carrier: "twilio", startedAt: 30, request } }));
  await expect(again).rejects.toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("request id") });
  await store.append(
    notes("call-a", 3, ["late"], {
      row: { carrier: "twilio", startedAt: 10, request, carrierCallId: "CA1", endedAt: 20 },
    }),
  );
  expect(store.callEvents("call-a")).toHaveLength(3);
});

test("the position before the last events is found, of all and of one call", async () => {
  const store = openStore();
  expect(store.positionOfLast(25)).toBe(0);
  for (let turn = 1; turn <= 5; turn++) {
    await Promise.all([store.append(notes("call-a", turn, ["a"])), store.append(notes("call-b", turn, ["b"]))]);
  }
  expect(store.positionOfLast(3)).toBe(7);
  expect(store.positionOfLast(0)).toBe(10);
  expect(store.positionOfLast(25)).toBe(0);
  expect(
    store.read({ after: store.positionOfLast(2, "call-a"), callId: "call-a", limit: 9 }).map((event) => event.callSeq),
  ).toEqual([4, 5]);
});

test("a closed store has kept what was waiting and takes no more", async () => {
  const file = temporaryFile();
  const store = openStore(file);
  const pending = store.append(notes("call-a", 1, ["1"]));
  await store[Symbol.asyncDispose]();
  await pending;
  await expect(store.append(notes("call-a", 2, ["2"]))).rejects.toMatchObject({ code: "STORE_FAILED" });
  const reopened = openStore(file);
  expect(reopened.lastSeq()).toBe(1);
  await reopened.append(notes("call-a", 2, ["2"]));
  expect(reopened.callEvents("call-a")).toHaveLength(2);
});

test("any appends read back as they were acknowledged, also after opening again", async () => {
  const what = fc.string({ unit: "binary" });
  const turns = fc.array(
    fc.array(fc.record({ call: fc.constantFrom("a", "b", "c"), what: fc.array(what, { minLength: 1, maxLength: 3 }) })),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(turns, async (plan) => {
      const file = temporaryFile();
      const store = openStore(file);
      const next: Record<string, number> = {};
      const acknowledged = [];
      for (const turn of plan) {
        const appends = turn.map(({ call, what: texts }) => {
          const first = next[call] ?? 1;
          next[call] = first + texts.length;
          return store.append(notes(call, first, texts));
        });
        acknowledged.push(...(await Promise.all(appends)).flat());
      }
      expect(store.read({ after: 0, limit: 1000 })).toEqual(acknowledged);
      expect(acknowledged.map(({ seq }) => seq)).toEqual(acknowledged.map((_, index) => index + 1));
      await store[Symbol.asyncDispose]();
      const reopened = openStore(file);
      expect(reopened.read({ after: 0, limit: 1000 })).toEqual(acknowledged);
      await reopened[Symbol.asyncDispose]();
    }),
    { numRuns: 40 },
  );
});
