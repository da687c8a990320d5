// Starts a daemon in the background and waits until it is ready, or says why it is not.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { parse } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CallError, isErrorCode } from "../call/error.ts";
import type { DaemonRecord } from "../call/protocol.ts";
import { daemonCommand } from "./daemon-command.ts";
import { givenUp } from "./errors.ts";
import { field, textField } from "./field.ts";
import { findDaemon } from "./find.ts";
import { logFile, type Places } from "./locate.ts";
import { inOwnScope, presentSurroundings, serviceOf } from "./own-scope.ts";

export interface StartOptions extends Places {
  /** The program to run; a private copy of the package's when absent. */
  entry?: string;
  /** The installed package; the one that this code belongs to when absent. */
  packageRoot?: string | undefined;
  /** The service that the daemon must not end with. */
  service?: string | undefined;
  onNotice?: ((line: string) => void) | undefined;
  /** In all, for every try. */
  withinMs?: number;
  signal?: AbortSignal | undefined;
}

type Report =
  | { kind: "ready" }
  | { kind: "held" }
  | { kind: "failed"; error: CallError }
  /** The process ended, or the time was up, before it said anything. */
  | { kind: "silent" };

const startWithinMs = 5000;
const lookEveryMs = 25;
/** How long another start is believed in before we try again ourselves; doubles with each try. */
const firstPatienceMs = 500;

/**
 * Whoever wins the race of several starts, the one daemon of this state directory is returned.
 * @throws CallError `DAEMON_UNREACHABLE`, or the code that the daemon gave for its failure, with the last lines of its log.
 */
export async function startDaemon(options: StartOptions): Promise<DaemonRecord> {
  const deadline = Date.now() + (options.withinMs ?? startWithinMs);
  let wasHeld = false;
  for (let patienceMs = firstPatienceMs; ; patienceMs *= 2) {
    const report = await startOnce(options, deadline);
    if (report.kind === "failed") throw withLog(report.error, options.stateDir);
    const isHeld = report.kind === "held";
    wasHeld ||= isHeld;
    const record = await lookFor(options, isHeld ? Math.min(deadline, Date.now() + patienceMs) : Date.now());
    if (record !== undefined) return record;
    if (!isHeld || Date.now() >= deadline) throw unreachable(wasHeld, options.stateDir);
  }
}

async function startOnce(options: StartOptions, deadline: number): Promise<Report> {
  const { service = serviceOf(presentSurroundings()), onNotice } = options;
  const command = [process.execPath, ...daemonCommand(options)] as const;
  if (service !== undefined) {
    // A service manager that hangs must leave time for the other way.
    const half = Date.now() + Math.floor((deadline - Date.now()) / 2);
    const report = await launch(inOwnScope(command), { ...options, deadline: half });
    if (report.kind !== "silent") return report;
    onNotice?.(`systemd-run gave the daemon no scope of its own: it will end with ${service}, and its calls with it`);
  }
  return launch(command, { ...options, deadline });
}

async function launch(
  [program, ...args]: readonly [string, ...string[]],
  { signal, deadline }: { signal?: AbortSignal | undefined; deadline: number },
): Promise<Report> {
  const child = spawn(program, args, {
    // A daemon keeps no folder of its starter busy.
    cwd: parse(process.execPath).root,
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const waiting = AbortSignal.any([
    AbortSignal.timeout(Math.max(1, Math.ceil(deadline - Date.now()))),
    ...(signal ? [signal] : []),
  ]);
  const report = await reportOf(child, waiting);
  if (report.kind !== "ready") child.kill("SIGKILL");
  child.unref();
  if (signal?.aborted === true) throw givenUp();
  return report;
}

function reportOf(child: ChildProcess, waiting: AbortSignal): Promise<Report> {
  const pipe = child.stdio[3];
  let text = "";
  return new Promise<Report>((resolve) => {
    const silent = (): void => resolve({ kind: "silent" });
    child.once("error", silent);
    child.once("exit", () => setImmediate(silent));
    waiting.addEventListener("abort", silent, { once: true });
    pipe?.on("error", silent);
    pipe?.on("end", silent);
    pipe?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith("\n")) resolve(parseReport(text));
    });
  }).finally(() => pipe?.destroy());
}

function parseReport(line: string): Report {
  try {
    const report: unknown = JSON.parse(line);
    if (field(report, "ready") !== undefined) return { kind: "ready" };
    if (field(report, "held") === true) return { kind: "held" };
    const failed = field(report, "failed");
    const code = field(failed, "code");
    const message = textField(failed, "message") ?? "the daemon did not say why it failed";
    const hint = textField(failed, "hint");
    return { kind: "failed", error: new CallError(isErrorCode(code) ? code : "DAEMON_UNREACHABLE", message, { hint }) };
  } catch {
    return { kind: "silent" };
  }
}

/** At least one look, then until the time is up. */
async function lookFor({ stateDir, signal }: StartOptions, until: number): Promise<DaemonRecord | undefined> {
  for (;;) {
    const record = await findDaemon(stateDir);
    if (record !== undefined || Date.now() >= until) return record;
    await sleep(lookEveryMs, undefined, signal && { signal });
  }
}

function unreachable(wasHeld: boolean, stateDir: string): CallError {
  const why = wasHeld
    ? "another daemon holds the state directory but does not answer"
    : "it gave no sign of being ready";
  return withLog(new CallError("DAEMON_UNREACHABLE", `the daemon did not start: ${why}`), stateDir);
}

function withLog(error: CallError, stateDir: string): CallError {
  const file = logFile(stateDir);
  const lines = lastLines(file);
  const log =
    lines.length > 0
      ? `${file} ends with:\n${lines.map((line) => `  ${line}`).join("\n")}`
      : `its log would be ${file}`;
  return new CallError(error.code, error.message, { hint: error.hint === undefined ? log : `${error.hint}; ${log}` });
}

const lastBytes = 16 * 1024;
const lastCount = 5;

function lastLines(file: string): string[] {
  try {
    const descriptor = openSync(file, "r");
    try {
      const { size } = fstatSync(descriptor);
      const end = Buffer.alloc(Math.min(size, lastBytes));
      readSync(descriptor, end, 0, end.length, size - end.length);
      return end
        .toString()
        .trim()
        .split("\n")
        .slice(-lastCount)
        .map(readable)
        .filter((line) => line !== "");
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return [];
  }
}

function readable(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    const details = textField(entry, "error")?.split("\n", 1)[0];
    return [textField(entry, "time"), textField(entry, "msg"), details].filter((part) => part !== undefined).join(" ");
  } catch {
    return line.slice(0, 200);
  }
}
