// The daemon's log: JSON lines in one file of the state directory, rotated by size, without secrets.
import pino from "pino";
import { createStream } from "rotating-file-stream";
import type { Log } from "./deps.ts";

const logFileName = "daemon.log";

/** A net under the rule that no secret is ever given to the log. */
const secretFields = ["token", "authToken", "apiKey", "authorization", "password"];

export interface LogFile extends AsyncDisposable {
  log: Log;
}

/** At most six files of 4 MB. */
export function openLog(stateDir: string): LogFile {
  const stream = createStream(logFileName, { path: stateDir, size: "4M", rotate: 5, mode: 0o600 });
  // A full disk must not end calls: what cannot be written is lost, and the next line is tried again.
  stream.on("error", () => undefined);
  const redact = [...secretFields, ...secretFields.map((field) => `*.${field}`)];
  const log = pino({ base: { pid: process.pid }, redact, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return {
    log,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => stream.end(() => resolve())),
  };
}
