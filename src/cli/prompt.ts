// One question to the person at the terminal.
import { createInterface } from "node:readline/promises";
import { CallError } from "../call/error.ts";

/** The line typed. @throws CallError `ABORTED` on Ctrl-C or Ctrl-D. */
export async function ask(question: string): Promise<string> {
  const ending = new AbortController();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.once("SIGINT", () => ending.abort());
  lines.once("close", () => ending.abort());
  try {
    return await lines.question(question, { signal: ending.signal });
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    throw new CallError("ABORTED", "you stopped answering; nothing was written");
  } finally {
    lines.close();
  }
}
