// A temporary directory and the processes of one benchmark; disposing of it ends and removes all of them.
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const root = dirname(dirname(import.meta.dirname));

/** Whether the server gets core 0 and the generator core 1. */
export const canPin = availableParallelism() > 1 && spawnSync("taskset", ["-c", "0,1", "true"]).status === 0;

export type Core = 0 | 1;

export interface StartOptions {
  core?: Core;
  stdio?: StdioOptions;
  env?: NodeJS.ProcessEnv;
}

const patienceMs = 5000;

export class Sandbox implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), "voicecall-bench-"));
  /** Of every process here: a home of its own, nothing of the user's configuration. */
  readonly env: NodeJS.ProcessEnv;
  readonly #children = new Set<ChildProcess>();
  readonly #abandon = (): void => {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
  };
  readonly #interrupted = (): never => process.exit(130);

  constructor() {
    const home = join(this.dir, "home");
    mkdirSync(home);
    this.env = { PATH: process.env["PATH"], HOME: home, OPENCLAW_STATE_DIR: join(home, ".openclaw") };
    process.once("exit", this.#abandon);
    process.once("SIGINT", this.#interrupted);
  }

  /** Runs Node on a script; the process ends with the sandbox at the latest. */
  node(args: readonly string[], { core, stdio = "ignore", env = {} }: StartOptions = {}): ChildProcess {
    const command = [process.execPath, ...args];
    const [program = "", ...rest] =
      core !== undefined && canPin ? ["taskset", "-c", String(core), ...command] : command;
    const child = spawn(program, rest, { stdio, env: { ...this.env, ...env }, cwd: root });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map((child) => stop(child)));
    this.#abandon();
    process.off("exit", this.#abandon);
    process.off("SIGINT", this.#interrupted);
  }
}

/** Ends a process in order, or by force after 5 s. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const force = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await ended;
  clearTimeout(force);
}

/** The first line that a process writes to a pipe of ours. @throws when it ends without one. */
export async function firstLine(child: ChildProcess, descriptor: 1 | 3): Promise<string> {
  const pipe = child.stdio[descriptor];
  let text = "";
  for await (const chunk of pipe && "read" in pipe ? pipe.setEncoding("utf8") : []) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  const [line = ""] = text.split("\n");
  if (line === "") throw new Error(`a process ended before it was ready: ${child.spawnargs.join(" ")}`);
  return line;
}
