// The WAL is folded into the database off the main loop and emptied when nothing happens.
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { systemClock } from "../../src/daemon/deps.ts";
import { openSqliteStore } from "../../src/daemon/store/sqlite-store.ts";
import { notes, openStore, silentLog, temporaryFile, until } from "./fixture.ts";

const walBytes = (file: string): number => statSync(`${file}-wal`).size;

test("a grown WAL is emptied soon after the last commit, with every event in the database", async () => {
  const file = temporaryFile();
  const store = openStore(file);
  for (let call = 0; call < 30; call++)
    await store.append(notes(`call-${call}`, 1, Array<string>(200).fill("x".repeat(1000))));
  expect(walBytes(file)).toBeGreaterThan(4 * 2 ** 20);
  await until(() => walBytes(file) === 0);
  const other = new DatabaseSync(file, { readOnly: true });
  expect(other.prepare("select count(*) as events from events").get()).toEqual({ events: 6000 });
  other.close();
  await store.append(notes("call-after", 1, ["1"]));
  expect(store.lastSeq()).toBe(6001);
});

test("a worker that cannot start is reported and replaced by the main thread", async () => {
  const file = temporaryFile();
  const lines: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => void lines.push(message) };
  const store = openSqliteStore({
    file,
    clock: systemClock,
    log,
    checkpointWorker: new URL("./no-such-worker.ts", import.meta.url),
  });
  for (let call = 0; call < 30; call++)
    await store.append(notes(`call-${call}`, 1, Array<string>(200).fill("x".repeat(1000))));
  await until(() => lines.length > 0);
  await store.append(notes("call-after", 1, ["1"]));
  await until(() => statSync(file).size > 4 * 2 ** 20);
  expect(lines).toEqual([expect.stringContaining("checkpoint worker failed")]);
  await store[Symbol.asyncDispose]();
  expect(openStore(file).lastSeq()).toBe(6001);
});
