// Requests and sockets as somebody writes them who does not use our client.
import { request } from "node:http";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { token, type TestListener } from "./fake-context.ts";

export interface RawRequest {
  method?: string;
  path?: string;
  headers?: Record<string, string | undefined>;
  body?: string | Buffer;
}

export interface RawReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Sends what a proper order has, but for what the test changes; a header set to undefined is left out. */
export function send(
  listener: TestListener,
  { method = "POST", path = "/trpc/calls.place", headers = {}, body = "{}" }: RawRequest,
): Promise<RawReply> {
  const proper = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const sent = Object.fromEntries(Object.entries({ ...proper, ...headers }).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const out = request(`${listener.url}${path}`, { method, headers: sent, agent: false }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }));
    });
    out.on("error", reject);
    out.end(method === "GET" || method === "HEAD" ? undefined : body);
  });
}

/** Bytes straight onto the port; what comes back until the connection ends. */
export function sendBytes(listener: TestListener, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(listener.port, "127.0.0.1", () => socket.end(bytes));
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });
}

/** The HTTP status of an upgrade: 101 when it was accepted. */
export function upgrade(
  listener: TestListener,
  path: string,
  headers: Record<string, string | undefined>,
): Promise<number> {
  const proper = { authorization: `Bearer ${token}` };
  const sent = Object.fromEntries(Object.entries({ ...proper, ...headers }).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${listener.port}${path}`, { headers: sent });
    socket.on("open", () => {
      socket.terminate();
      resolve(101);
    });
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      socket.terminate();
      resolve(response.statusCode ?? 0);
    });
    socket.on("error", (error) => (error.message.includes("closed before") ? undefined : reject(error)));
  });
}

export interface RawSocket extends AsyncDisposable {
  socket: WebSocket;
  /** What the listener sent, parsed. */
  frames: Frame[];
  closed: Promise<number>;
  order(message: unknown): void;
}

export interface Frame {
  id?: unknown;
  result?: { type: string; id?: string; data?: unknown };
  error?: { data: { code: string; callError: { code: string; message: string } } };
}

export async function openSocket(listener: TestListener): Promise<RawSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${listener.port}/trpc`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const frames: Frame[] = [];
  const closed = new Promise<number>((resolve) => void socket.on("close", resolve));
  socket.on("message", (text: Buffer) => {
    if (text.toString() !== "PONG") frames.push(JSON.parse(text.toString()));
  });
  socket.on("error", () => undefined);
  await new Promise((resolve) => void socket.once("open", resolve));
  return {
    socket,
    frames,
    closed,
    order: (message) => socket.send(JSON.stringify(message)),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}

export function subscription(id: number, input: Record<string, unknown>, lastEventId?: string): unknown {
  return { id, method: "subscription", params: { path: "events.follow", input, lastEventId } };
}

export function query(id: number, path: string, input?: unknown): unknown {
  return { id, method: "query", params: { path, input } };
}
