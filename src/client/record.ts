// Reads the record that a running daemon leaves in its state directory.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CallError } from "../call/error.ts";
import { type DaemonRecord, daemonRecordFile } from "../call/protocol.ts";
import { field, textField } from "./field.ts";

/**
 * Undefined when there is none, or nothing that makes sense.
 * @throws CallError `UNAUTHORIZED` when the file belongs to somebody else, who could be listening for our orders.
 */
export function readRecord(stateDir: string): DaemonRecord | undefined {
  const file = join(stateDir, daemonRecordFile);
  try {
    refuseForeign(file);
    return parseRecord(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof CallError) throw error;
    return undefined;
  }
}

/** Whether a process of this id exists; after a crash and a reboot it may be another one. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function refuseForeign(file: string): void {
  const { uid, mode } = statSync(file);
  const user = process.getuid?.();
  if (user === undefined || (uid === user && (mode & 0o022) === 0)) return;
  throw new CallError("UNAUTHORIZED", `${file} can be written by other users`, {
    hint: "remove it, then run `voicecall daemon start`",
  });
}

function parseRecord(value: unknown): DaemonRecord | undefined {
  const [url, token, version] = ["url", "token", "version"].map((name) => textField(value, name));
  const [pid, protocol, startedAt] = ["pid", "protocol", "startedAt"].map((name) => wholeNumber(field(value, name)));
  if (url === undefined || token === undefined || version === undefined) return undefined;
  if (pid === undefined || protocol === undefined || startedAt === undefined) return undefined;
  // The token is for our own machine only, whatever the file says.
  const sound = /^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(url) && /^[\w-]+$/.test(token) && pid > 0;
  const configFile = textField(value, "configFile");
  return sound
    ? { pid, url, token, version, protocol, startedAt, ...(configFile !== undefined && { configFile }) }
    : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}
