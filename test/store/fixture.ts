// What the tests of the store share: temporary files, a silent log, simple appends.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach } from "vitest";
import type { CallEvent } from "../../src/call/event.ts";
import { type Log, systemClock } from "../../src/daemon/deps.ts";
import type { Append, CallRow } from "../../src/daemon/store/event-store.ts";
import { type SqliteStore, openSqliteStore } from "../../src/daemon/store/sqlite-store.ts";

const checkpointWorker = new URL("../../src/daemon/store/checkpoint-worker.ts", import.meta.url);
export const silentLog: Log = { info() {}, warn() {}, error() {} };

const undo: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "store-"));
  undo.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function temporaryFile(): string {
  return join(temporaryDirectory(), "calls.sqlite");
}

/** A store that is closed after the test. */
export function openStore(file = temporaryFile(), log = silentLog): SqliteStore {
  const store = openSqliteStore({ file, checkpointWorker, clock: systemClock, log });
  undo.push(async () => store[Symbol.asyncDispose]());
  return store;
}

export function note(what: string): CallEvent<"carrier.noted"> {
  return { type: "carrier.noted", what };
}

/** An append of notes; each of `what` is one event. */
export function notes(
  callId: string,
  firstCallSeq: number,
  what: readonly string[],
  rest: Partial<Append> & { ends?: number } = {},
): Append {
  const { ends, ...overrides } = rest;
  const row: CallRow = { carrier: "mock", startedAt: 1000, ...(ends !== undefined && { endedAt: ends }) };
  return { callId, firstCallSeq, at: 1000, events: what.map(note), row, ...overrides };
}

/** Waits, turn by turn of the event loop, until the condition holds. */
export async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("the condition did not come true in time");
    await setImmediate();
  }
}
