// Subscriptions and orders over WebSocket: guarded at the upgrade, then handed to tRPC.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocketServer } from "ws";
import { appRouter } from "../../router/app.ts";
import type { Context } from "../../router/context.ts";
import type { FailedOrder } from "./failures.ts";
import { type GuardOptions, largestMessageBytes, type Refusal, refuseClient, refuseUpgrade } from "./guard.ts";

export interface SocketOptions {
  guard(): GuardOptions;
  ports: Omit<Context, "buffered">;
  onRefused(refusal: Refusal, request: IncomingMessage): void;
  onError(failed: FailedOrder): void;
  onMessage(): void;
}

export interface Sockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Asks the clients to close, which ends their subscriptions. */
  close(): void;
  /** Ends those that have not. */
  terminate(): void;
}

const keepAlive = { enabled: true, pingMs: 30_000, pongWaitMs: 10_000 };
const largestBatch = 100;

/** WebSocket's code for an end that is not the client's fault. */
const goingAway = 1001;

export function createSockets({ guard, ports, onRefused, onError, onMessage }: SocketOptions): Sockets {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: largestMessageBytes });
  server.on("connection", (socket) => socket.on("message", onMessage));
  applyWSSHandler({
    wss: server,
    router: appRouter,
    createContext: ({ res }): Context => ({ ...ports, buffered: () => res.bufferedAmount }),
    onError,
    keepAlive,
    maxBatchSize: largestBatch,
  });

  return {
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      const refusal = refuseClient(request, guard()) ?? refuseUpgrade(request);
      if (refusal === undefined) {
        server.handleUpgrade(request, socket, head, (client) => server.emit("connection", client, request));
        return;
      }
      onRefused(refusal, request);
      socket.end(`HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
        socket.destroy(),
      );
    },
    close() {
      for (const client of server.clients) client.close(goingAway, "the daemon stops");
    },
    terminate() {
      for (const client of server.clients) client.terminate();
    },
  };
}
