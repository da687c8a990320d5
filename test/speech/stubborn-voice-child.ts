// A voice thread that misbehaves as its first order says: dies, hangs, counts, or answers twice and to nobody.
import { parentPort } from "node:worker_threads";

interface Order {
  id: number;
  piece: string;
}

const samples = new Int16Array(8);
let orders = 0;

/** By the first word of what it is to say. */
const ways: Record<string, (id: number) => void> = {
  count: (id) => parentPort?.postMessage({ id, samples: new Int16Array(orders) }),
  late: () => undefined,
  fail: (id) => parentPort?.postMessage({ id, samples, error: "unreachable" }),
  exit: () => process.exit(0),
  throw: () => {
    throw new Error("the thread has had enough");
  },
  hang: () => {
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};

parentPort?.on("message", ({ id, piece }: Order) => {
  orders += 1;
  const way = ways[piece.split(" ")[0] ?? ""];
  if (way !== undefined) return way(id);
  parentPort?.postMessage({ id: id + 1000, samples });
  parentPort?.postMessage({ id, samples });
  parentPort?.postMessage({ id, samples: new Int16Array(1) });
});
