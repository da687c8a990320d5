// One HTTP request from an emulator to a program under test, on loopback only.
import { request, type IncomingMessage } from "node:http";
import type { Clock } from "./clock.ts";

export interface LoopbackRequest {
  readonly target: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connectMs: number;
  readonly readMs: number;
  readonly signal: AbortSignal;
}

export interface LoopbackReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** The request failed before (`connect`) or after (`read`) a connection stood. */
export class LoopbackFailure extends Error {
  readonly stage: "connect" | "read";
  constructor(stage: "connect" | "read", cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "LoopbackFailure";
    this.stage = stage;
  }
}

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether a URL is plain http on this machine, so an emulator may call it. */
export function isLoopback(url: URL): boolean {
  return url.protocol === "http:" && LOOPBACK_HOSTS.has(url.hostname);
}

/** Sends the request on a connection of its own. Rejects with `LoopbackFailure`. */
export function sendToLoopback(sent: LoopbackRequest, clock: Clock): Promise<LoopbackReply> {
  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (cause: unknown) => {
      reject(new LoopbackFailure(connected ? "read" : "connect", cause));
    };
    const outgoing = request(sent.target, {
      method: sent.method,
      headers: sent.headers,
      agent: false,
      signal: sent.signal,
    });
    const expire = (what: string, ms: number) => {
      clock.deadline(ms).addEventListener("abort", () => {
        if (what === "read" || !connected) {
          outgoing.destroy(new Error(`${what} timed out after ${ms} ms`));
        }
      });
    };
    expire("connect", sent.connectMs);
    outgoing.once("socket", (socket) => {
      socket.once("connect", () => {
        connected = true;
        expire("read", sent.readMs);
      });
    });
    outgoing.once("error", fail);
    outgoing.once("response", (incoming) => {
      readReply(incoming).then(resolve, fail);
    });
    outgoing.end(sent.body);
  });
}

async function readReply(incoming: IncomingMessage): Promise<LoopbackReply> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(Buffer.from(chunk));
  }
  return {
    status: incoming.statusCode ?? 0,
    contentType: incoming.headers["content-type"] ?? "",
    body: Buffer.concat(chunks),
  };
}
