// The control listener: the router over HTTP and WebSocket, on loopback and an ephemeral port only.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Context } from "../../router/context.ts";
import type { Clock, Log } from "../deps.ts";
import { failureLogger } from "./failures.ts";
import type { Refusal } from "./guard.ts";
import { orderListener } from "./orders.ts";
import { RefusalLog } from "./refusal-log.ts";
import { createSockets, type Sockets } from "./sockets.ts";

export interface ControlOptions {
  ports: Omit<Context, "buffered">;
  /** Demanded of every request; goes into the `Authorization` header. */
  token: string;
  log: Log;
  clock: Clock;
  /** A client has asked for something. */
  onRequest?(): void;
}

export interface ControlListener extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  url: string;
  port: number;
  /** Orders over HTTP that wait for their answer. */
  pending(): number;
}

/** How long replies on their way may take when the listener closes. */
const closeWithinMs = 250;

export async function startControlListener(options: ControlOptions): Promise<ControlListener> {
  const { ports, token, log, clock, onRequest } = options;
  const refusals = new RefusalLog(log, clock);
  const onRefused = ({ status, why }: Refusal, { method }: IncomingMessage): void =>
    refusals.note({ status, why, method });
  const shared = { guard: () => ({ port, token }), onRefused, onError: failureLogger(log, refusals) };
  const sockets = createSockets({ ...shared, ports, onMessage: () => onRequest?.() });
  let pending = 0;

  const onOrder = (response: ServerResponse): void => {
    onRequest?.();
    pending++;
    response.once("close", () => pending--);
  };
  const server = createServer(orderListener({ ...shared, onOrder, context: { ...ports, buffered: () => 0 } }));
  server.on("upgrade", sockets.upgrade);
  server.on("clientError", (_error, socket: Duplex) => {
    refusals.note({ why: "not HTTP" });
    socket.destroy();
  });
  const port = await listen(server);
  server.on("error", (error) => log.error({ error: error.message }, "the control listener has trouble"));

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pending: () => pending,
    [Symbol.asyncDispose]: () => close(server, sockets, clock),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      server.off("error", reject);
      const address = server.address();
      if (address !== null && typeof address !== "string") resolve(address.port);
    });
  });
}

async function close(server: Server, sockets: Sockets, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  sockets.close();
  const cancel = clock.after(closeWithinMs, () => {
    sockets.terminate();
    server.closeAllConnections();
  });
  await closed;
  cancel();
}
