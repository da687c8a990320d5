// Exit codes: the one table from what went wrong to what the shell sees.
import { CallError, type ErrorCode } from "../call/error.ts";

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  noDaemon: 3,
  noSuchCall: 4,
  carrierRefused: 5,
  timedOut: 6,
  notNow: 7,
} as const;

type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byCode: Partial<Record<ErrorCode, ExitCode>> = {
  INVALID_INPUT: exitCodes.usage,
  CONFIG_INVALID: exitCodes.usage,
  UNSUPPORTED: exitCodes.usage,
  DAEMON_UNREACHABLE: exitCodes.noDaemon,
  UNAUTHORIZED: exitCodes.noDaemon,
  VERSION_MISMATCH: exitCodes.noDaemon,
  PORT_IN_USE: exitCodes.noDaemon,
  NO_SUCH_CALL: exitCodes.noSuchCall,
  CARRIER_REFUSED: exitCodes.carrierRefused,
  NOBODY_SPOKE: exitCodes.timedOut,
  TIMED_OUT: exitCodes.timedOut,
  CALL_ENDED: exitCodes.notNow,
  CALL_NOT_LIVE: exitCodes.notNow,
  ALREADY_ASKING: exitCodes.notNow,
  LIVE_CALLS: exitCodes.notNow,
};

/** 1 for what has no code of its own. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof CallError ? (byCode[error.code] ?? exitCodes.failed) : exitCodes.failed;
}

export const exitCodesHelp = `Exit codes:
  0  done
  1  failed
  2  wrong usage or configuration
  3  daemon cannot be reached or started
  4  no such call
  5  the carrier refused
  6  timed out
  7  not possible in the call's present state`;
