// Child process of the durability tests: appends without end and prints the id of each event that was acknowledged.
import { writeSync } from "node:fs";
import { systemClock } from "../../src/daemon/deps.ts";
import { openSqliteStore } from "../../src/daemon/store/sqlite-store.ts";

const [file = "", run = ""] = process.argv.slice(2);
const log = { info() {}, warn() {}, error() {} };
const checkpointWorker = new URL("../../src/daemon/store/checkpoint-worker.ts", import.meta.url);
const store = openSqliteStore({ file, checkpointWorker, clock: systemClock, log });

async function write(callId: string): Promise<never> {
  for (let callSeq = 1; ; callSeq++) {
    const event = { type: "carrier.noted", what: "x".repeat(200) } as const;
    const webhook = { key: `${callId}:${callSeq}`, reply: "<Response/>" };
    await store.append({
      callId,
      firstCallSeq: callSeq,
      at: 1,
      events: [event],
      row: { carrier: "mock", startedAt: 1 },
      webhook,
    });
    print(`${callId}:${callSeq}\n`);
  }
}

/** At once, or the kill would lose what was acknowledged; a full pipe is tried again until the parent has read it. */
function print(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}

await Promise.all(Array.from({ length: 32 }, (_, writer) => write(`call-${run}-${writer}`)));
