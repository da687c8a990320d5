// What goes wrong, as clients see it: every failure becomes a CallError, and every code has its place in tRPC's table.
import type { TRPCError } from "@trpc/server";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import * as z from "zod";
import { CallError, type ErrorCode } from "../call/error.ts";

const trpcCodes = {
  INVALID_INPUT: "BAD_REQUEST",
  CONFIG_INVALID: "PRECONDITION_FAILED",
  NO_SUCH_CALL: "NOT_FOUND",
  CALL_ENDED: "PRECONDITION_FAILED",
  CALL_NOT_LIVE: "PRECONDITION_FAILED",
  ALREADY_ASKING: "CONFLICT",
  TURN_TAKEN: "CONFLICT",
  REQUEST_CONFLICT: "CONFLICT",
  LIVE_CALLS: "PRECONDITION_FAILED",
  AT_CAPACITY: "TOO_MANY_REQUESTS",
  NOT_ALLOWED: "FORBIDDEN",
  UNSUPPORTED: "NOT_IMPLEMENTED",
  CARRIER_REFUSED: "UNPROCESSABLE_CONTENT",
  CARRIER_UNREACHABLE: "BAD_GATEWAY",
  TUNNEL_FAILED: "BAD_GATEWAY",
  SPEECH_FAILED: "BAD_GATEWAY",
  OUTCOME_UNKNOWN: "GATEWAY_TIMEOUT",
  NOBODY_SPOKE: "TIMEOUT",
  TIMED_OUT: "GATEWAY_TIMEOUT",
  DRAINING: "SERVICE_UNAVAILABLE",
  DAEMON_UNREACHABLE: "SERVICE_UNAVAILABLE",
  UNAUTHORIZED: "UNAUTHORIZED",
  VERSION_MISMATCH: "PRECONDITION_FAILED",
  PORT_IN_USE: "CONFLICT",
  STORE_FAILED: "INTERNAL_SERVER_ERROR",
  ABORTED: "CLIENT_CLOSED_REQUEST",
  INTERNAL: "INTERNAL_SERVER_ERROR",
} as const satisfies Record<ErrorCode, TRPC_ERROR_CODE_KEY>;

export interface Failure {
  callError: CallError;
  trpcCode: TRPC_ERROR_CODE_KEY;
  /** Named to the client in place of a defect's message, and in the log beside it. */
  reference?: string;
}

const failures = new WeakMap<TRPCError, Failure>();
let defects = 0;

/** The same error always gives the same failure, so that the reply and the log name one reference. */
export function failureOf(error: TRPCError, path: string | undefined): Failure {
  const known = failures.get(error);
  if (known !== undefined) return known;
  const failure = classify(error, path);
  failures.set(error, failure);
  return failure;
}

function classify(error: TRPCError, path: string | undefined): Failure {
  const { cause } = error;
  if (cause instanceof CallError) return { callError: cause, trpcCode: trpcCodes[cause.code] };
  if (error.code === "BAD_REQUEST" && cause instanceof z.ZodError) {
    return { callError: wrongInput(cause, path), trpcCode: error.code };
  }
  if (error.code === "INTERNAL_SERVER_ERROR") {
    const reference = `E${++defects}`;
    const hint = "the daemon's log has the details under this reference";
    return {
      callError: new CallError("INTERNAL", `internal error, reference ${reference}`, { hint }),
      trpcCode: error.code,
      reference,
    };
  }
  return { callError: notUnderstood(error, path), trpcCode: error.code };
}

function wrongInput(error: z.ZodError, path: string | undefined): CallError {
  const issues = error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`);
  const hint = `docs/router.md lists what ${path ?? "each procedure"} takes`;
  return new CallError("INVALID_INPUT", issues.join("; "), { hint });
}

function notUnderstood(error: TRPCError, path: string | undefined): CallError {
  if (error.code !== "NOT_FOUND") return new CallError("INVALID_INPUT", error.message);
  return new CallError("UNSUPPORTED", `the daemon has no procedure ${JSON.stringify(path ?? "")}`, {
    hint: "client and daemon may be of different versions: `voicecall daemon status` tells",
  });
}
