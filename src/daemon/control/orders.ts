// Orders over plain HTTP: guarded, then handed to tRPC.
import type { IncomingMessage, ServerResponse } from "node:http";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { appRouter } from "../../router/app.ts";
import type { Context } from "../../router/context.ts";
import type { FailedOrder } from "./failures.ts";
import { type GuardOptions, largestMessageBytes, orderPath, type Refusal, refuseClient, refuseOrder } from "./guard.ts";

export interface OrderOptions {
  guard(): GuardOptions;
  context: Context;
  /** A guarded order begins; it is over when its response closes. */
  onOrder(response: ServerResponse): void;
  onRefused(refusal: Refusal, request: IncomingMessage): void;
  onError(failed: FailedOrder): void;
}

export function orderListener(options: OrderOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const refusal = refuseClient(request, options.guard()) ?? refuseOrder(request);
    if (refusal === undefined) {
      options.onOrder(response);
      void serve(request, response, options);
      return;
    }
    options.onRefused(refusal, request);
    // Nothing of the body is read; the connection ends instead.
    response.writeHead(refusal.status, { "content-type": "text/plain", connection: "close" }).end(`${refusal.why}\n`);
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { context, onError }: OrderOptions,
): Promise<void> {
  await nodeHTTPRequestHandler({
    router: appRouter,
    path: (request.url ?? "").slice(orderPath.length).split("?", 1)[0] ?? "",
    req: request,
    res: response,
    createContext: () => context,
    onError,
    maxBodySize: largestMessageBytes,
    allowBatching: false,
  });
}
