// Starts the floors and runs the generators: programs of this folder that speak one line of JSON.
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type Sandbox, firstLine, stop } from "./sandbox.ts";

const bench = import.meta.dirname.replace(/harness$/, "");

export interface Floor {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

/** A server of `floors/` on core 0, ready. */
export async function startFloor(sandbox: Sandbox, script: string, args: readonly string[] = []): Promise<Floor> {
  const child = sandbox.node([join(bench, "floors", script), ...args], {
    core: 0,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { port } = JSON.parse(await firstLine(child, 1)) as { port: number };
  return { port, pid: child.pid ?? 0, stop: () => stop(child) };
}

/** Runs a generator of `load/` on core 1 to its end. @returns what it printed, unchecked. */
export async function runGenerator(sandbox: Sandbox, script: string, load: object): Promise<unknown> {
  const args = [join(bench, "load", script), JSON.stringify(load)];
  const child = sandbox.node(args, { core: 1, stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout === null) throw new Error("the generator has no output");
  const [printed] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (child.exitCode !== 0) throw new Error(`${script} ended with ${child.exitCode ?? child.signalCode}`);
  return JSON.parse(printed);
}

/** A generator that has speech services, which a daemon needs from its start. */
export interface Generator {
  /** Of the speech services. */
  port: number;
  /** Plays a load. @returns what it printed, unchecked. */
  play(load: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a generator of `load/` on core 1, which then serves and waits for its load. */
export async function startGenerator(sandbox: Sandbox, script: string): Promise<Generator> {
  const child = sandbox.node([join(bench, "load", script)], { core: 1, stdio: ["pipe", "pipe", "inherit"] });
  if (child.stdout === null || child.stdin === null) throw new Error("the generator has no pipes");
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${script} ended with ${child.exitCode ?? child.signalCode}`);
    return JSON.parse(line.value);
  };
  const { port } = (await read()) as { port: number };
  return {
    port,
    play(load) {
      stdin.write(`${JSON.stringify(load)}\n`);
      return read();
    },
    stop: () => stop(child),
  };
}
