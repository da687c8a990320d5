// Runs a program of this machine to its end: no shell, a time-out of its own, and nothing of it stays.
import { execFile, type ExecFileException } from "node:child_process";
import { CallError } from "../../call/error.ts";
import { tunnelAborted } from "./failure.ts";

export interface Command {
  /** Names on PATH or absolute paths; the first that exists is run. */
  files: readonly string[];
  args: readonly string[];
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** `missing`: none of the files exists. `timed-out`: it was killed; what it said until then is kept. */
export type CommandResult =
  | { kind: "exited"; exitCode: number; stdout: string; stderr: string }
  | { kind: "timed-out"; stdout: string; stderr: string }
  | { kind: "missing" };

/** @throws CallError `ABORTED`, or `UNSUPPORTED` for a file that cannot be run. */
export type RunCommand = (command: Command) => Promise<CommandResult>;

/** `env`: in place of the daemon's own. */
export function createRunner(env?: NodeJS.ProcessEnv): RunCommand {
  return async (command) => {
    for (const file of command.files) {
      const result = await runFile(file, command, env);
      if (result.kind !== "missing") return result;
    }
    return { kind: "missing" };
  };
}

function runFile(file: string, command: Command, env: NodeJS.ProcessEnv | undefined): Promise<CommandResult> {
  const { args, timeoutMs, signal } = command;
  const options = {
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 1_048_576,
    windowsHide: true,
    ...(signal !== undefined && { signal }),
    ...(env !== undefined && { env }),
  } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: "exited", exitCode: 0, stdout, stderr });
      if (signal?.aborted === true) return reject(tunnelAborted());
      if (error.killed === true) return resolve({ kind: "timed-out", stdout, stderr });
      const result = failed(error, { stdout, stderr });
      if (result === undefined) reject(notRun(file, error));
      else resolve(result);
    });
    // A question that the program asks must find its end of input, not wait for us.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end();
  });
}

function failed(error: ExecFileException, output: { stdout: string; stderr: string }): CommandResult | undefined {
  if (error.code === "ENOENT") return { kind: "missing" };
  if (typeof error.code === "number") return { kind: "exited", exitCode: error.code, ...output };
  return typeof error.signal === "string" ? { kind: "exited", exitCode: 128, ...output } : undefined;
}

function notRun(file: string, error: ExecFileException): CallError {
  return new CallError("UNSUPPORTED", `${file} cannot be run (${error.code ?? "unknown"})`, {
    hint: "check that it is a program that you may execute",
    cause: error,
  });
}
