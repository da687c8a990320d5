// `daemon run`: the daemon in the foreground, for a terminal or a service.
import type { ChildProcess } from "node:child_process";
import { Readable } from "node:stream";
import type { Command } from "commander";
import { CallError, isErrorCode } from "../../call/error.ts";
import { field, textField } from "../../client/field.ts";
import { addCommand, type Invocation } from "../command.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { placeOf, runningDaemon } from "../running-daemon.ts";

export function addRunCommand(group: Command, context: CliContext): void {
  addCommand(group, context, {
    name: "run",
    summary: "Run the daemon in the foreground until Ctrl-C; what `install` lets the system do.",
    examples: [["daemon run", "ends at once with the owner's address when one runs already"]],
    run,
  });
}

async function run(invocation: Invocation<object>): Promise<undefined> {
  const { context, output } = invocation;
  const places = await placeOf(invocation);
  const { daemonCommand } = await invocation.client();
  const { spawn } = await import("node:child_process");
  const child = spawn(context.node, [...(await daemonCommand(places)), "--stay"], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  const ended = endOf(child);
  using _signals = forwardSignals(child);
  const report = await reportOf(child);
  const url = textField(field(report, "ready"), "url");
  if (url !== undefined) {
    await output.show({
      json: { running: true, pid: child.pid, url, started: true },
      text: () => `The daemon runs: process ${child.pid}, ${url}\nCtrl-C stops it. Its log: voicecall daemon logs -f`,
    });
  }
  const code = await ended;
  const held = field(report, "held") === true;
  if (held) await showOwner(invocation);
  const failed = field(report, "failed");
  if (failed !== undefined) throw failureOf(failed);
  context.exitCode = held ? exitCodes.done : code;
  return undefined;
}

async function showOwner(invocation: Invocation<object>): Promise<void> {
  const owner = await runningDaemon(invocation);
  await invocation.output.show({
    json: { running: true, ...(owner !== undefined && { pid: owner.pid, url: owner.url }), started: false },
    text: () =>
      `The daemon runs already: ${owner === undefined ? "it is starting" : `process ${owner.pid}, ${owner.url}`}`,
  });
}

/** What the daemon said of its start on descriptor 3, a `StartReport`; undefined when it ended without a word. */
async function reportOf(child: ChildProcess): Promise<unknown> {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Readable)) return undefined;
  let text = "";
  for await (const part of pipe.setEncoding("utf8")) text += String(part);
  const [line = ""] = text.split("\n");
  return line === "" ? undefined : JSON.parse(line);
}

/** Its exit code; 1 when a signal ended it. */
function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => resolve(code ?? exitCodes.failed));
    child.once("error", reject);
  });
}

function forwardSignals(child: ChildProcess): Disposable {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const listeners = signals.map((signal) => [signal, () => void child.kill(signal)] as const);
  for (const [signal, forward] of listeners) process.on(signal, forward);
  return {
    [Symbol.dispose]: () => {
      for (const [signal, forward] of listeners) process.off(signal, forward);
    },
  };
}

function failureOf(failed: unknown): CallError {
  const code = textField(failed, "code");
  const message = textField(failed, "message") ?? "the daemon could not start";
  return new CallError(isErrorCode(code) ? code : "DAEMON_UNREACHABLE", message, { hint: textField(failed, "hint") });
}
