// Subscriptions on the control listener: position, pace, and their end.
import { connect } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import type { StoredEvent } from "../../src/call/event.ts";
import { callView, fakePorts, listen } from "./fake-context.ts";
import { type Frame, openSocket, query, type RawSocket, send, subscription } from "./raw-client.ts";

function batches({ frames }: RawSocket, id = 1): { id: string; seqs: number[] }[] {
  return frames
    .filter((frame) => frame.id === id && frame.result?.type === "data")
    .map(({ result }) => result?.data as { id: string; data: StoredEvent[] })
    .map((batch) => ({ id: batch.id, seqs: batch.data.map(({ seq }) => seq) }));
}

function delivered(socket: RawSocket): number {
  return batches(socket).reduce((sum, { seqs }) => sum + seqs.length, 0);
}

test("a reader of new events learns first where it begins", async () => {
  const ports = fakePorts();
  ports.feed.push("call-1", "call-2");
  await using listener = await listen(ports);
  await using reader = await openSocket(listener);
  reader.order(subscription(1, {}));
  await expect.poll(() => batches(reader)).toEqual([{ id: "2", seqs: [] }]);
  ports.feed.push("call-1");
  await expect
    .poll(() => batches(reader))
    .toEqual([
      { id: "2", seqs: [] },
      { id: "3", seqs: [3] },
    ]);
});

test("lastEventId resumes after it, and wins over since and after", async () => {
  const ports = fakePorts();
  ports.feed.push("call-1", "call-1", "call-1", "call-1");
  await using listener = await listen(ports);
  await using reader = await openSocket(listener);
  reader.order(subscription(1, { since: 0, after: 1 }, "2"));
  reader.order(subscription(2, { since: 0, after: 1 }));
  reader.order(subscription(3, { since: 2, callId: "call-1" }));
  await expect.poll(() => delivered(reader)).toBe(2);
  expect(batches(reader, 1)).toEqual([
    { id: "2", seqs: [] },
    { id: "4", seqs: [3, 4] },
  ]);
  await expect.poll(() => batches(reader, 2).at(-1)).toEqual({ id: "4", seqs: [2, 3, 4] });
  await expect.poll(() => batches(reader, 3)).toEqual([{ id: "4", seqs: [3, 4] }]);
});

test("a call is followed by the carrier's id as well as by ours", async () => {
  const ports = fakePorts({ calls: { get: (id) => (id === "CA1" ? callView("call-2") : undefined) } });
  ports.feed.push("call-1", "call-2", "call-3");
  await using listener = await listen(ports);
  await using reader = await openSocket(listener);
  reader.order(subscription(1, { since: 0, callId: "CA1" }));
  reader.order(subscription(2, { since: 0, callId: "call-3" }));
  await expect.poll(() => batches(reader, 1)).toEqual([{ id: "2", seqs: [2] }]);
  await expect.poll(() => batches(reader, 2)).toEqual([{ id: "3", seqs: [3] }]);
});

test("a position beyond the log's end is brought back to it", async () => {
  const ports = fakePorts();
  ports.feed.push("call-1");
  await using listener = await listen(ports);
  await using reader = await openSocket(listener);
  reader.order(subscription(1, {}, "999"));
  await expect.poll(() => batches(reader)).toEqual([{ id: "1", seqs: [] }]);
});

test.for(["x", "-1", "1e3", ""])("%j is no position", async (lastEventId) => {
  await using listener = await listen(fakePorts());
  await using reader = await openSocket(listener);
  reader.order(subscription(1, {}, lastEventId));
  await expect.poll(() => reader.frames.at(-1)?.error?.data.callError.code).toBe("INVALID_INPUT");
});

test("a reader that stops holds back its own events only, and gets all of them later", async () => {
  const total = 40_000;
  const longId = "call-".padEnd(400, "x");
  const ports = fakePorts();
  await using listener = await listen(ports);
  await using slow = await openSocket(listener);
  await using quick = await openSocket(listener);
  slow.order(subscription(1, { after: 0 }));
  await expect.poll(() => batches(slow)).toHaveLength(1);
  slow.socket.pause();
  quick.order(subscription(1, { after: 0 }));

  ports.feed.push(...Array.from({ length: total }, () => longId));
  await expect.poll(() => delivered(quick), { timeout: 4000 }).toBe(total);
  // What the sockets of the system hold, and ours up to its bound, is far from everything.
  expect(ports.feed.queries.some((follower) => follower.congested())).toBe(true);
  const takenBySlow = ports.feed.taken - total;
  expect(takenBySlow).toBeLessThan(total / 2);

  slow.socket.resume();
  await expect.poll(() => delivered(slow), { timeout: 4000 }).toBe(total);
  const seqs = batches(slow).flatMap((batch) => batch.seqs);
  expect(seqs.every((seq, index) => seq === index + 1)).toBe(true);
});

test("a reader that is killed ends its subscription and nobody else's", async () => {
  const ports = fakePorts();
  await using listener = await listen(ports);
  await using one = await openSocket(listener);
  await using other = await openSocket(listener);
  one.order(subscription(1, {}));
  other.order(subscription(1, {}));
  await expect.poll(() => ports.feed.following).toBe(2);
  one.socket.terminate();
  await expect.poll(() => ports.feed.following).toBe(1);
  ports.feed.push("call-1");
  await expect.poll(() => delivered(other)).toBe(1);
});

test("closing ends subscriptions, held orders and idle connections, and frees the port quickly", async () => {
  const held = Promise.withResolvers<AbortSignal>();
  const never = new Promise<never>(() => undefined);
  const ports = fakePorts({ calls: { ask: (_command, signal) => (held.resolve(signal), never) } });
  const listener = await listen(ports);
  const reader = await openSocket(listener);
  reader.order(subscription(1, {}));
  const asking = send(listener, { path: "/trpc/calls.ask", body: '{"callId":"call-1","message":"Well?"}' }).catch(
    (error: Error) => error,
  );
  const idle = connect(listener.port, "127.0.0.1");
  await once(idle, "connect");
  const signal = await held.promise;
  expect(listener.pending()).toBe(1);
  await expect.poll(() => ports.feed.following).toBe(1);

  const started = performance.now();
  await listener[Symbol.asyncDispose]();

  expect(performance.now() - started).toBeLessThan(1000);
  expect(await reader.closed).toBe(1001);
  expect(ports.feed.following).toBe(0);
  expect(await asking).toBeInstanceOf(Error);
  await expect.poll(() => signal.aborted).toBe(true);
  await expect.poll(() => listener.pending()).toBe(0);
  idle.destroy();
  await expect(once(connect(listener.port, "127.0.0.1"), "connect")).rejects.toThrow("ECONNREFUSED");
});

test("orders go over the socket as well, beside the subscription", async () => {
  await using listener = await listen(fakePorts());
  await using socket = await openSocket(listener);
  socket.order(subscription(1, {}));
  socket.order([query(2, "calls.list"), query(3, "calls.get", { callId: "call-9" })]);
  const reply = (id: number): Frame | undefined => socket.frames.find((frame) => frame.id === id);
  await expect.poll(() => reply(2)).toMatchObject({ result: { data: [{ callId: "call-1" }] } });
  await expect.poll(() => reply(3)?.result?.type).toBe("data");
});
