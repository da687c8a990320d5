// The server under the emulated speech services: HTTP and WebSocket by routes, on 127.0.0.1 only.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

export interface ServiceRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** Answers what it takes; it writes the response itself, so it may stream, stall or break off. */
export interface HttpRoute {
  takes(request: ServiceRequest): boolean;
  answer(request: ServiceRequest, body: Buffer, response: ServerResponse): void;
}

export interface ServiceRefusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json: unknown;
}

/** Serves the sockets that it takes. */
export interface SocketRoute {
  takes(request: ServiceRequest): boolean;
  /** Before the upgrade. `hang`: it never gets an answer. */
  refuse(request: ServiceRequest): ServiceRefusal | "hang" | undefined;
  accept(socket: WebSocket, request: ServiceRequest): void;
}

export interface ServiceRoutes {
  readonly http?: readonly HttpRoute[];
  readonly sockets?: readonly SocketRoute[];
}

export interface ServiceServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:4010`. */
  readonly url: string;
  /** That are open. */
  readonly connections: number;
  /** Closes those that nothing goes over. */
  closeIdle(): void;
}

const MAX_BODY_BYTES = 1024 * 1024;
/** Of one WebSocket message; the largest that any of the services takes. */
const MAX_MESSAGE_BYTES = 15 * 1024 * 1024;

const NOT_FOUND: ServiceRefusal = { status: 404, json: { error: { message: "no such path" } } };

/** Listens on 127.0.0.1; port 0 takes a free one. Rejects when the port cannot be had. */
export async function serveRoutes(port: number, routes: ServiceRoutes): Promise<ServiceServer> {
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing, routes.http ?? []);
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket)).on("error", () => socket.destroy());
    const request = requestOf(incoming);
    const route = (routes.sockets ?? []).find((known) => known.takes(request));
    const refusal = route === undefined ? NOT_FOUND : route.refuse(request);
    if (route !== undefined && refusal === undefined) {
      sockets.handleUpgrade(incoming, socket, head, (opened) => route.accept(opened, request));
    } else if (refusal !== "hang" && refusal !== undefined) {
      socket.end(refusalText(refusal));
    }
  });
  const open = new Set<Duplex>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket)).on("error", () => socket.destroy());
  });
  await listen(server, port);
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    get connections() {
      return open.size;
    },
    closeIdle: () => server.closeIdleConnections(),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
}

/** Writes a refusal as a plain HTTP answer. */
export function refuseHttp(response: ServerResponse, { status, headers, json }: ServiceRefusal): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(json));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  routes: readonly HttpRoute[],
): Promise<void> {
  try {
    const body = await readBody(incoming);
    const request = requestOf(incoming);
    const route = routes.find((known) => known.takes(request));
    if (route === undefined) refuseHttp(outgoing, NOT_FOUND);
    else route.answer(request, body, outgoing);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!incoming.destroyed && !outgoing.headersSent)
      refuseHttp(outgoing, { status: 500, json: { error: { message } } });
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw new Error("request body too large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function requestOf({ method = "GET", url = "/", headers }: IncomingMessage): ServiceRequest {
  return { method, url: new URL(url, "http://127.0.0.1"), headers };
}

function refusalText({ status, headers, json }: ServiceRefusal): string {
  const body = JSON.stringify(json);
  const all = {
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Refused`, ...lines, "", body].join("\r\n");
}
