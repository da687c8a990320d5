// The errors that all tunnels share.
import { CallError } from "../../call/error.ts";

/** Something outside of the daemon keeps the carrier from reaching it. */
export function tunnelFailure(message: string, hint: string): CallError {
  return new CallError("TUNNEL_FAILED", message, { hint });
}

export function tunnelAborted(): CallError {
  return new CallError("ABORTED", "the tunnel was not wanted any more before it stood");
}
