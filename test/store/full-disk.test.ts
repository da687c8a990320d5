// A disk without space: every append of the failing commit is refused, nothing of it kept, and later ones work again.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFile } from "./fixture.ts";

const script = fileURLToPath(new URL("./full-disk-child.ts", import.meta.url));

test(
  "a commit that finds no space rejects its appends; the store goes on when there is space",
  { timeout: 30_000 },
  async () => {
    const file = temporaryFile();
    // A soft limit of file size (in KiB) stands in for the end of the disk; prlimit takes it away again.
    const child = spawn("bash", ["-c", 'ulimit -S -f 1024; exec "$0" "$@"', process.execPath, script, file], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
    try {
      child.stdin.write("fill\n");
      const full = await next();
      expect(full).toMatchObject({ codes: ["STORE_FAILED", "STORE_FAILED"], stored: expect.any(Number) });
      const { stored, kept, lastSeq } = full as { stored: number; kept: number; lastSeq: number };
      expect(stored).toBeGreaterThan(0);
      expect([kept, lastSeq]).toEqual([stored, stored]);
      execFileSync("prlimit", [`--pid=${child.pid}`, "--fsize=unlimited"]);
      child.stdin.end("go on\n");
      expect(await next()).toEqual({ statuses: ["fulfilled", "fulfilled"], lastSeq: stored + 2 });
      expect(await once(child, "exit")).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  },
);
