// The daemon's process: takes the state directory, starts everything, says how that went, and stays until told to stop.
import { chmodSync, closeSync, fstatSync, mkdirSync, realpathSync, writeSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CallError } from "../call/error.ts";
import type { StartReport } from "../call/protocol.ts";
import { DirectoryLock } from "./lock.ts";
import { findOptionalPackages } from "./optional-packages.ts";
import { pruneCopies } from "./runtime-copies.ts";

const reportDescriptor = 3;
const isSource = import.meta.url.endsWith(".ts");

/** Beside the bundled daemon; run from source it is where the sources have it. */
function beside(bundled: string, source: string): URL {
  return new URL(isSource ? source : `./${bundled}`, import.meta.url);
}

/** Tells the client that started us; by hand (no pipe there) it is told on stderr. */
function report(message: StartReport): void {
  const line = `${JSON.stringify(message)}\n`;
  try {
    if (!fstatSync(reportDescriptor).isFIFO() && !fstatSync(reportDescriptor).isSocket()) throw new Error("not ours");
    writeSync(reportDescriptor, line);
    closeSync(reportDescriptor);
  } catch {
    writeSync(2, line);
  }
}

function fail(error: unknown): never {
  const known =
    error instanceof CallError
      ? error
      : new CallError("INTERNAL", error instanceof Error ? error.message : String(error));
  report({
    failed: { code: known.code, message: known.message, ...(known.hint !== undefined && { hint: known.hint }) },
  });
  process.exit(1);
}

function takeDirectory(stateDir: string): DirectoryLock | undefined {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    chmodSync(stateDir, 0o700);
    return DirectoryLock.take(stateDir);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CallError("STORE_FAILED", `the state directory ${stateDir} cannot be used (${code})`, {
      hint: "make it writable for you, or name another one with `store` in the configuration",
    });
  }
}

/** Compiled code goes with the private copy that it was made of; Node's own place when run from elsewhere. */
function compileCache(stateDir: string): string | undefined {
  const own = import.meta.dirname;
  return own.startsWith(join(realpathSync(stateDir), "runtime")) ? join(own, ".compiled") : undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "state-dir": { type: "string" },
      config: { type: "string" },
      package: { type: "string" },
      stay: { type: "boolean", default: false },
    },
  });
  const stateDir = values["state-dir"];
  if (stateDir === undefined)
    throw new CallError("INVALID_INPUT", "--state-dir is missing", { hint: "use `voicecall daemon run`" });
  const lock = takeDirectory(stateDir);
  if (lock === undefined) return report({ held: true });
  enableCompileCache(compileCache(stateDir));
  if (values.package !== undefined) findOptionalPackages(values.package);
  // Loaded only by the owner: of twenty starts at once, nineteen end here.
  const { startDaemon } = await import("./start.ts");
  const daemon = await startDaemon({
    stateDir,
    env: process.env,
    checkpointWorker: beside("checkpoint-worker.js", "./store/checkpoint-worker.ts"),
    speechFiles: {
      voiceWorker: beside("voice-worker.js", "./speech/embedded/voice-worker.ts"),
      voiceDetector: beside("silero-8k.bin", "./media/vad/silero-8k.bin"),
      packageRoots: [...(values.package === undefined ? [] : [values.package]), import.meta.dirname],
    },
    stay: values.stay,
    ...(values.config !== undefined && { configFile: values.config }),
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => daemon.stop());
  report({ ready: { pid: process.pid, url: daemon.url } });
  void pruneCopies({ stateDir, own: import.meta.dirname, now: Date.now() });
  await daemon.stopped;
  lock[Symbol.dispose]();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  fail(error);
}
