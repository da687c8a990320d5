// The one listener that the world can reach: the exact webhook path, and limits before anything is verified.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { CallError } from "../../call/error.ts";
import type { RawWebhook, WebhookReply } from "../carriers/carrier.ts";
import type { Log } from "../deps.ts";
import { refuseUpgrade, type Upgrade } from "../media/media-sockets.ts";
import { type Arrival, createArrivals, type ForwardingRules } from "./forwarded.ts";
import { InFlight } from "./in-flight.ts";
import { portHolder } from "./port-holder.ts";
import { readBody } from "./read-body.ts";

export interface PublicRoute {
  /** Exact; one trailing slash is allowed. */
  path: string;
  /** Whether the headers are worth reading the body: the carrier's signature is among them. */
  admits(headers: IncomingMessage["headers"]): boolean;
  /** Undefined: the signature is wrong. */
  handle(raw: RawWebhook): Promise<WebhookReply | undefined>;
}

export interface PublicListenerOptions {
  port: number;
  bind: string;
  route: PublicRoute;
  /** `allowedHosts`, when not empty, are the only names that are served. */
  forwarding: ForwardingRules;
  /** Headers that prove who answers, to a request that asks for them. */
  proof(headers: IncomingMessage["headers"]): Record<string, string>;
  log: Log;
  /** Media sockets, below their own path; everything else that wants to upgrade is not found. */
  streams?: StreamRoute;
}

export interface StreamRoute {
  /** Without a slash at its end. */
  path: string;
  upgrade(upgrade: Upgrade): void;
}

export interface PublicListener extends AsyncDisposable {
  /** `http://host:port/path` on this machine. */
  readonly url: string;
  readonly port: number;
}

const slowMs = 5000;

/** @throws CallError `PORT_IN_USE`, naming the holder and the setting to change. */
export async function startPublicListener(options: PublicListenerOptions): Promise<PublicListener> {
  const http = process.getBuiltinModule("node:http");
  const inFlight = new InFlight();
  const arrivalOf = createArrivals(options.forwarding);
  const server = http.createServer(
    {
      requestTimeout: slowMs,
      headersTimeout: slowMs,
      connectionsCheckingInterval: 250,
      maxHeaderSize: 16_384,
      keepAliveTimeout: 65_000,
    },
    (request, response) => {
      serve(request, response, { options, inFlight, arrivalOf }).catch((error: unknown) =>
        fail(response, error, options.log),
      );
    },
  );
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    upgrade({ request, socket, head }, options, arrivalOf);
  });
  server.maxConnections = 1024;
  await listen(server, options);
  const address = server.address();
  const port = isAddress(address) ? address.port : options.port;
  return {
    port,
    url: `http://${options.bind.includes(":") ? `[${options.bind}]` : options.bind}:${port}${options.route.path}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        // Those are no connections of HTTP any more.
        for (const socket of upgraded) socket.destroy();
      }),
  };
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

function listen(server: Server, { port, bind }: PublicListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenFailure(error, port, bind)));
    server.listen(port, bind, resolve);
  });
}

function listenFailure(error: NodeJS.ErrnoException, port: number, bind: string): CallError {
  if (error.code === "EADDRINUSE") {
    return new CallError("PORT_IN_USE", `the webhook port ${port} is taken by ${portHolder(port)}`, {
      hint: "end that program, or set `serve.port` to a free port (and point your tunnel or proxy at it)",
    });
  }
  return new CallError("CONFIG_INVALID", `cannot listen on ${bind}:${port} (${error.code ?? "unknown"})`, {
    hint: "check `serve.bind` and `serve.port`; ports below 1024 need special rights",
  });
}

interface Serving {
  options: PublicListenerOptions;
  inFlight: InFlight;
  arrivalOf(headers: IncomingMessage["headers"], peer: string): Arrival;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { options, inFlight, arrivalOf }: Serving,
): Promise<void> {
  const { route } = options;
  response.setHeaders(new Map(Object.entries(options.proof(request.headers))));
  const arrival = arrivalOf(request.headers, request.socket.remoteAddress ?? "");
  const refused = refusal(request, options, arrival);
  if (refused !== undefined) return refuse(response, refused);
  const reading = inFlight.enter(arrival.client, () => refuse(response, 429));
  const body = await readBody(request);
  reading.leave();
  if (body === "gone" || response.headersSent) return;
  if (body === "too-large") return refuse(response, 413);
  const { method = "", url = "", headers } = request;
  const reply = await route.handle({ method, target: url, headers, body, alsoAt: arrival.alsoAt });
  if (reply === undefined) return refuse(response, 401);
  response.writeHead(reply.status, {
    "content-type": reply.contentType,
    "content-length": Buffer.byteLength(reply.body),
  });
  response.end(reply.body);
}

/** The status to refuse with before the body is read, or undefined. */
function refusal(
  request: IncomingMessage,
  { route, forwarding }: PublicListenerOptions,
  { host }: Arrival,
): number | undefined {
  const target = request.url ?? "";
  const end = target.indexOf("?");
  const path = end < 0 ? target : target.slice(0, end);
  if (path !== route.path && path !== `${route.path}/`) return 404;
  if (request.method !== "POST") return 405;
  if (!isAllowed(host, forwarding)) return 403;
  return route.admits(request.headers) ? undefined : 401;
}

function upgrade(
  { request, socket, head }: Pick<Upgrade, "request" | "socket" | "head">,
  { streams, forwarding, proof }: PublicListenerOptions,
  arrivalOf: Serving["arrivalOf"],
): void {
  const ours = proof(request.headers);
  const { host, client, alsoAt } = arrivalOf(request.headers, request.socket.remoteAddress ?? "");
  const token = streams === undefined ? undefined : tokenBelow(streams.path, request.url ?? "");
  if (streams === undefined || token === undefined) return refuseUpgrade(socket, 404, ours);
  if (!isAllowed(host, forwarding)) return refuseUpgrade(socket, 403, ours);
  // Who asks who we are is no carrier.
  if (Object.keys(ours).length > 0) return refuseUpgrade(socket, 401, ours);
  streams.upgrade({ request, socket, head, token, client, alsoAt });
}

/** What follows the path, up to a query; undefined elsewhere. */
function tokenBelow(path: string, target: string): string | undefined {
  const [plain = ""] = target.split("?", 1);
  if (plain === path || plain === `${path}/`) return "";
  return plain.startsWith(`${path}/`) ? plain.slice(path.length + 1) : undefined;
}

function isAllowed(host: string, { allowedHosts }: ForwardingRules): boolean {
  return allowedHosts.length === 0 || allowedHosts.some((name) => name.toLowerCase() === host);
}

/** Answers and closes: what was not read of the request is never read. */
function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  response.writeHead(status, { connection: "close", "content-length": 0, ...(status === 405 && { allow: "POST" }) });
  response.end(() => response.socket?.destroySoon());
}

/** 503 makes the carrier try again, which is right when facts could not be stored. */
function fail(response: ServerResponse, error: unknown, log: Log): void {
  const code = error instanceof CallError ? error.code : "INTERNAL";
  log.error({ code, error: error instanceof CallError ? error.message : String(error) }, "a webhook failed");
  refuse(response, code === "INVALID_INPUT" ? 400 : code === "INTERNAL" ? 500 : 503);
}
