// Starts the floors and runs the generators: programs of this folder that speak one line of JSON.
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Sandbox, firstLine } from "./sandbox.ts";

const bench = import.meta.dirname.replace(/harness$/, "");

export interface Floor {
  port: number;
  pid: number;
}

/** A server of `floors/` on core 0, ready. */
export async function startFloor(sandbox: Sandbox, script: string, args: readonly string[] = []): Promise<Floor> {
  const child = sandbox.node([join(bench, "floors", script), ...args], {
    core: 0,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { port } = JSON.parse(await firstLine(child, 1)) as { port: number };
  return { port, pid: child.pid ?? 0 };
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
