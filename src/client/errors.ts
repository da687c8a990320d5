// Failures as clients see them: whatever went wrong, a CallError with a code of the closed list.
import { TRPCClientError } from "@trpc/client";
import { CallError, isErrorCode } from "../call/error.ts";
import { field, textField } from "./field.ts";

/** The refusal that a daemon sent, or what kept the order from reaching it. */
export function callErrorFrom(error: unknown): CallError {
  if (error instanceof CallError) return error;
  if (!(error instanceof TRPCClientError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new CallError("INTERNAL", message, { cause: error });
  }
  if (error.cause instanceof CallError) return error.cause;
  return sentByDaemon(error) ?? new CallError("INTERNAL", error.message, { cause: error });
}

/** Undefined when the error did not come from a daemon. */
function sentByDaemon(error: unknown): CallError | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  const shape = field(error.data, "callError");
  const code = field(shape, "code");
  const message = textField(shape, "message");
  if (message === undefined) return undefined;
  return new CallError(isErrorCode(code) ? code : "INTERNAL", message, {
    hint: textField(shape, "hint"),
    carrierCode: textField(shape, "carrierCode"),
    callId: textField(shape, "callId"),
  });
}

/** For an order whose signal was aborted. */
export function givenUp(): CallError {
  return new CallError("ABORTED", "the waiting was given up; a call that is up goes on");
}
