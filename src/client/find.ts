// Finds the daemon that runs on a state directory, if there is one.
import type { DaemonRecord } from "../call/protocol.ts";
import { exchange } from "./exchange.ts";
import { field } from "./field.ts";
import { isAlive, readRecord } from "./record.ts";

const helloWithinMs = 1000;

/** Undefined when none answers: no record, its process is gone, or another program has taken its port. */
export async function findDaemon(stateDir: string): Promise<DaemonRecord | undefined> {
  const record = likelyDaemon(stateDir);
  return record !== undefined && (await answers(record)) ? record : undefined;
}

/** Without asking it: good enough when the next order asks anyway. */
export function likelyDaemon(stateDir: string): DaemonRecord | undefined {
  const record = readRecord(stateDir);
  return record !== undefined && isAlive(record.pid) ? record : undefined;
}

async function answers(record: DaemonRecord): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(helloWithinMs);
    const outcome = await exchange(record, { type: "query", path: "system.health", input: undefined, signal });
    if (outcome.kind !== "answered" || outcome.status !== 200) return false;
    const reply: unknown = JSON.parse(outcome.body);
    return ["result", "data", "pid"].reduce(field, reply) === record.pid;
  } catch {
    return false;
  }
}
