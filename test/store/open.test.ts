// Opening files that are new, newer, damaged, foreign, locked or not writable.
import {
  chmodSync,
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { notes, openStore, silentLog, temporaryDirectory, temporaryFile } from "./fixture.ts";

function corruptFiles(file: string): string[] {
  return readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.corrupt-`));
}

test("the file is readable by its owner only", () => {
  const file = temporaryFile();
  openStore(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
});

test("a newer schema is refused and left as it is", () => {
  const file = temporaryFile();
  const newer = new DatabaseSync(file);
  newer.exec("create table events(x); pragma user_version = 99");
  newer.close();
  const before = readFileSync(file);
  expect(() => openStore(file)).toThrow(
    expect.objectContaining({ code: "STORE_FAILED", message: expect.stringContaining("newer version") }),
  );
  expect(corruptFiles(file)).toEqual([]);
  expect(readFileSync(file)).toEqual(before);
});

test("another program's database is refused", () => {
  const file = temporaryFile();
  const other = new DatabaseSync(file);
  other.exec("create table cookies(x)");
  other.close();
  expect(() => openStore(file)).toThrow(
    expect.objectContaining({ code: "STORE_FAILED", message: expect.stringContaining("another program") }),
  );
});

test.each([
  ["a few bytes", Buffer.from("not a database")],
  ["pages of garbage", Buffer.alloc(16_384, "garbage ")],
])("%s are kept aside, reported, and a new log is begun", async (_name, content) => {
  const file = temporaryFile();
  writeFileSync(file, content);
  const lines: string[] = [];
  const store = openStore(file, { ...silentLog, error: (_fields, message) => lines.push(message) });
  const [kept, ...more] = corruptFiles(file);
  expect(more).toEqual([]);
  expect(kept).toMatch(/^calls\.sqlite\.corrupt-\d{13}$/);
  expect(readFileSync(join(dirname(file), String(kept)))).toEqual(content);
  expect(store.problems).toEqual([
    expect.objectContaining({ code: "STORE_DAMAGED", message: expect.stringContaining(String(kept)) }),
  ]);
  expect(lines).toEqual([store.problems[0]?.message]);
  expect(await store.append(notes("call-a", 1, ["1"]))).toMatchObject([{ seq: 1 }]);
});

test("a log with overwritten pages is kept aside together with its WAL", async () => {
  const file = temporaryFile();
  const source = join(temporaryDirectory(), "filled.sqlite");
  const filled = openStore(source);
  for (let call = 0; call < 50; call++) await filled.append(notes(`call-${call}`, 1, Array(20).fill("x".repeat(200))));
  await filled[Symbol.asyncDispose]();
  const again = openStore(source);
  await again.append(notes("call-in-wal", 1, ["1"]));
  // As a crash leaves them: the file, and the WAL that was not folded in.
  copyFileSync(source, file);
  copyFileSync(`${source}-wal`, `${file}-wal`);
  const target = openSync(file, "r+");
  for (let page = 1; page < statSync(file).size / 4096; page++)
    writeSync(target, Buffer.alloc(4096, 0xee), 0, 4096, page * 4096);
  closeSync(target);

  const store = openStore(file);
  expect(store.problems).toHaveLength(1);
  expect(store.lastSeq()).toBe(0);
  const kept = corruptFiles(file);
  expect(kept.some((name) => /\d$/.test(name))).toBe(true);
  expect(kept.some((name) => name.endsWith("-wal"))).toBe(true);
  await store.append(notes("call-a", 1, ["1"]));
});

test("a locked file is refused with its cause, and opens when it is free", () => {
  const file = temporaryFile();
  const holder = new DatabaseSync(file);
  holder.exec("pragma locking_mode = exclusive; begin exclusive; create table t(x)");
  expect(() => openStore(file)).toThrow(
    expect.objectContaining({ code: "STORE_FAILED", message: expect.stringContaining("locked") }),
  );
  expect(corruptFiles(file)).toEqual([]);
  holder.exec("rollback");
  holder.close();
  openStore(file);
});

/** Root may write everywhere: it gives up that right for a moment. */
function asOrdinaryUser(act: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test("a directory that cannot be written is refused with a way out", async () => {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o555);
  const refusal = expect.objectContaining({ code: "STORE_FAILED", hint: expect.stringContaining("writable") });
  asOrdinaryUser(() => expect(() => openStore(join(directory, "calls.sqlite"))).toThrow(refusal));
  chmodSync(directory, 0o755);

  const file = join(directory, "calls.sqlite");
  const store = openStore(file);
  await store.append(notes("call-a", 1, ["1"]));
  await store[Symbol.asyncDispose]();
  chmodSync(file, 0o444);
  chmodSync(directory, 0o555);
  asOrdinaryUser(() => expect(() => openStore(file)).toThrow(refusal));
  chmodSync(directory, 0o755);
  chmodSync(file, 0o600);
  expect(openStore(file).lastSeq()).toBe(1);
});

test("a directory that does not exist is refused", () => {
  const file = join(temporaryDirectory(), "missing", "calls.sqlite");
  expect(() => openStore(file)).toThrow(expect.objectContaining({ code: "STORE_FAILED" }));
});
