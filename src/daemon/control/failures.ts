// What the listener logs of failed orders: defects with their reference, and nothing that is merely a refusal.
import type { TRPCError } from "@trpc/server";
import { failureOf } from "../../router/error-map.ts";
import type { Log } from "../deps.ts";
import type { RefusalLog } from "./refusal-log.ts";

export interface FailedOrder {
  error: TRPCError;
  path: string | undefined;
}

export function failureLogger(log: Log, refusals: RefusalLog): (failed: FailedOrder) => void {
  return ({ error, path }) => {
    const socketCode = socketErrorCode(error.cause);
    if (socketCode !== undefined) return refusals.note({ why: socketCode });
    const { reference, callError } = failureOf(error, path);
    if (reference !== undefined) {
      log.error({ reference, path, error: error.cause?.stack ?? error.stack }, "an order failed by a defect");
    } else if (callError.code === "STORE_FAILED") {
      log.error({ path, error: callError.message }, "an order failed");
    }
  };
}

/** Broken frames and lost connections arrive as errors of the socket, e.g. `WS_ERR_INVALID_UTF8` or `ECONNRESET`. */
function socketErrorCode(cause: unknown): string | undefined {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return /^(WS_ERR_|ECONN|EPIPE)/.test(code) ? code : undefined;
}
