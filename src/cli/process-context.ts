// The world around the commands as this process has it: its streams, environment and terminal.
import { version } from "../call/version.ts";
import type { CliContext, ClientPort } from "./context.ts";

export interface ProcessContextOptions {
  /** How the person calls the program; `voicecall` when absent. */
  name?: string;
  client(): Promise<ClientPort>;
}

export function processContext({ name, client }: ProcessContextOptions): CliContext & { version: string } {
  return {
    ...(name !== undefined && { name }),
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    platform: process.platform,
    node: process.execPath,
    version,
    client,
    now: () => Date.now(),
    onInterrupt: (listener) => {
      process.once("SIGINT", listener);
      return { [Symbol.dispose]: () => void process.off("SIGINT", listener) };
    },
    ask:
      process.stdin.isTTY && process.stderr.isTTY
        ? async (question) => (await import("./prompt.ts")).ask(question)
        : undefined,
    exitCode: 0,
  };
}
