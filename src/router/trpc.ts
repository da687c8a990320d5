// The one tRPC instance: its context, and how errors look on the wire.
import { initTRPC, TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import type { Context } from "./context.ts";
import { failureOf } from "./error-map.ts";

const trpc = initTRPC.context<Context>().create({
  isDev: false,
  // Subscriptions go over the WebSocket, which knows how much a reader has not taken yet.
  sse: { enabled: false },
  errorFormatter({ shape, error, path }) {
    const { callError, trpcCode } = failureOf(error, path);
    const httpStatus = getHTTPStatusCodeFromError(new TRPCError({ code: trpcCode }));
    return {
      message: callError.message,
      code: TRPC_ERROR_CODES_BY_KEY[trpcCode],
      data: { ...shape.data, code: trpcCode, httpStatus, callError: callError.toJSON() },
    };
  },
});

export const router = trpc.router;
export const procedure = trpc.procedure;

/** Aborted when the client of this order has gone; the adapters always give one. */
export function requestSignal(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}
