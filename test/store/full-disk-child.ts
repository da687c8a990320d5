// Child process of the full-disk test: under a limit of file size, appends when told to and prints what came of it.
import { createInterface } from "node:readline";
import { systemClock } from "../../src/daemon/deps.ts";
import { openSqliteStore } from "../../src/daemon/store/sqlite-store.ts";

// Without a listener the signal that goes with the limit would end the process.
process.on("SIGXFSZ", () => {});

const [file = ""] = process.argv.slice(2);
const log = { info() {}, warn() {}, error() {} };
const checkpointWorker = new URL("../../src/daemon/store/checkpoint-worker.ts", import.meta.url);
const store = openSqliteStore({ file, checkpointWorker, clock: systemClock, log });
let calls = 0;

/** Two appends in one transaction; the outcome of both. */
async function appendTwo(): Promise<PromiseSettledResult<unknown>[]> {
  const append = async (): Promise<void> => {
    const events = [{ type: "carrier.noted", what: "x".repeat(20_000) }] as const;
    await store.append({
      callId: `call-${calls++}`,
      firstCallSeq: 1,
      at: 1,
      events,
      row: { carrier: "mock", startedAt: 1 },
    });
  };
  return Promise.allSettled([append(), append()]);
}

async function fill(): Promise<void> {
  let stored = 0;
  for (;;) {
    const outcomes = await appendTwo();
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    if (failures.length > 0) {
      const codes = failures.map((failure: { code: string }) => failure.code);
      console.log(
        JSON.stringify({ stored, codes, kept: store.read({ after: 0, limit: 1000 }).length, lastSeq: store.lastSeq() }),
      );
      return;
    }
    stored += outcomes.length;
  }
}

async function goOn(): Promise<void> {
  const outcomes = await appendTwo();
  console.log(JSON.stringify({ statuses: outcomes.map((outcome) => outcome.status), lastSeq: store.lastSeq() }));
  await store[Symbol.asyncDispose]();
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "fill") await fill();
  else await goOn();
}
