// Finds the daemon that runs on a state directory, if there is one.
import { setTimeout as sleep } from "node:timers/promises";
import type { DaemonRecord } from "../call/protocol.ts";
import { exchange } from "./exchange.ts";
import { field } from "./field.ts";
import { isAlive, readRecord } from "./record.ts";

/** A process that is busy for seconds hears the answer only afterwards: a pause is counted once, however long it was. */
const helloPauses = 5;
const helloPauseMs = 200;

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
  const waiting = new AbortController();
  const { signal } = waiting;
  void giveUp(waiting);
  try {
    const outcome = await exchange(record, { type: "query", path: "system.health", input: undefined, signal });
    if (outcome.kind !== "answered" || outcome.status !== 200) return false;
    const reply: unknown = JSON.parse(outcome.body);
    return ["result", "data", "pid"].reduce(field, reply) === record.pid;
  } catch {
    return false;
  } finally {
    waiting.abort();
  }
}

async function giveUp(waiting: AbortController): Promise<void> {
  const { signal } = waiting;
  for (let pause = 0; pause < helloPauses && !signal.aborted; pause++) {
    await sleep(helloPauseMs, undefined, { ref: false, signal }).catch(() => undefined);
  }
  waiting.abort();
}
