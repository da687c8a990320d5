// Runs the command line as a process of its own, as a user does.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestHome } from "./daemon.ts";

const program = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** What it prints, read as JSON. Rejects with its `stderr` when it fails. */
export async function cli<T = unknown>(home: Pick<TestHome, "env">, argv: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...argv], { env: home.env });
  return JSON.parse(stdout);
}
