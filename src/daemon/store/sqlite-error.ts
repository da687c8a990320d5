// What SQLite's result codes mean for us.
import { CallError } from "../../call/error.ts";

const busy = 5;
const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const tooBig = 18;
const constraint = 19;
const notADatabase = 26;

/** An append that contradicts what is stored; its neighbours in the transaction are none the worse. */
export class Conflict extends Error {}

/** SQLite's primary result code (https://sqlite.org/rescode.html), undefined for any other error. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode & 0xff
    : undefined;
}

export function isCorruption(error: unknown): boolean {
  const code = resultCode(error);
  return code === corrupt || code === notADatabase;
}

/** True when the append itself is at fault, false when the store is. */
export function isOwnFault(error: unknown): boolean {
  const code = resultCode(error);
  return code === undefined || code === constraint || code === tooBig;
}

/** Any failure of the store as the `STORE_FAILED` that callers see. */
export function storeFailed(error: unknown, file: string): CallError {
  if (error instanceof CallError) return error;
  const [what, hint] = describe(error);
  return new CallError("STORE_FAILED", `${file}: ${what}`, { hint, cause: error });
}

function describe(error: unknown): [what: string, hint?: string] {
  if (error instanceof Conflict) return [error.message];
  if (isFileRefusal(error)) return notWritable(error.message);
  const reason = error instanceof Error ? error.message : String(error);
  switch (resultCode(error)) {
    case constraint:
      return [describeConstraint(reason)];
    case busy:
      return [
        "another process has locked it",
        "Close the program that has it open (e.g. a sqlite3 shell) and try again.",
      ];
    case readOnly:
    case cannotOpen:
      return notWritable(reason);
    case full:
      return ["the disk is full", "Free some space; the daemon goes on by itself."];
    case ioError:
      return [`the disk refused (${reason})`, "Look at the free space and the health of the disk."];
    case corrupt:
    case notADatabase:
      return [`it is damaged (${reason})`, "Stop the daemon, move the file aside and start again; a new log is begun."];
    default:
      return [reason];
  }
}

function notWritable(reason: string): [what: string, hint: string] {
  return [
    `it cannot be written (${reason})`,
    "Make the state directory writable for this user, or point `store` elsewhere.",
  ];
}

/** The operating system's own refusal to create or open the file. */
function isFileRefusal(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

function describeConstraint(reason: string): string {
  if (reason.includes("events.webhook_key")) return "this webhook was stored before";
  if (reason.includes("calls.request_id")) return "this request id was used before";
  if (reason.includes("events.seq")) return "another process has written to it";
  return reason;
}
