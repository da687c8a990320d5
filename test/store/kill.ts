// One kill -9 of a process that appends, and what must be true afterwards.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { openStore } from "./fixture.ts";

const appender = fileURLToPath(new URL("./appender.ts", import.meta.url));

/** Kills the appender once it has acknowledged `count` events; returns how many it acknowledged in the end. */
export async function killAfter(count: number, file: string, run: string): Promise<number> {
  const child = spawn(process.execPath, [appender, file, run], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    printed += chunk;
    if (printed.length > count * 14) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
  const acknowledged = printed.slice(0, printed.lastIndexOf("\n")).split("\n");

  const store = openStore(file);
  expect(store.problems).toEqual([]);
  expect(acknowledged.filter((key) => store.replyTo(key) !== "<Response/>")).toEqual([]);
  await store[Symbol.asyncDispose]();
  const db = new DatabaseSync(file);
  expect(db.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
  db.close();
  return acknowledged.length;
}
