// Writes of one turn share a commit; a hold makes them wait without losing them.
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { GroupCommit } from "../../src/daemon/store/group-commit.ts";

function open() {
  const db = new DatabaseSync(":memory:");
  db.exec("create table t(x unique)");
  const counts = { commits: 0, rollbacks: 0 };
  const group = new GroupCommit({ db, onCommit: () => counts.commits++, onRollback: () => counts.rollbacks++ });
  const insert = db.prepare("insert into t values (?)");
  const write = (x: number): Promise<number> =>
    group.submit(() => {
      insert.run(x);
      return x;
    });
  return { db, group, counts, write };
}

test("the writes of one turn share one commit", async () => {
  const { counts, write } = open();
  expect(await Promise.all([write(1), write(2), write(3)])).toEqual([1, 2, 3]);
  expect(counts).toEqual({ commits: 1, rollbacks: 0 });
  await write(4);
  expect(counts.commits).toBe(2);
});

test("very many writes are split, so that no commit holds the event loop for long", async () => {
  const { counts, write } = open();
  await Promise.all(Array.from({ length: 600 }, (_, x) => write(x)));
  expect(counts.commits).toBe(3);
});

test("held writes wait until they are released", async () => {
  const { group, counts, write } = open();
  group.hold();
  const pending = write(1);
  await setImmediate();
  await setImmediate();
  expect(counts.commits).toBe(0);
  group.release();
  expect(await pending).toBe(1);
  expect(counts.commits).toBe(1);
});

test("when the store fails every write of the batch is refused, and later ones work", async () => {
  const { db, counts, write } = open();
  db.exec("pragma query_only = on");
  const settled = await Promise.allSettled([write(1), write(2)]);
  expect(settled.map((one) => one.status)).toEqual(["rejected", "rejected"]);
  expect(counts.commits).toBe(0);
  db.exec("pragma query_only = off");
  expect(await write(3)).toBe(3);
  expect(db.prepare("select x from t").all()).toEqual([{ x: 3 }]);
});
