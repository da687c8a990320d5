// The one check that every request and every upgrade passes before anything of it is looked at.
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface Refusal {
  status: 401 | 403 | 404 | 405 | 413 | 415;
  why: string;
}

export interface GuardOptions {
  port: number;
  token: string;
}

/** Of a request's body and of one WebSocket message. */
export const largestMessageBytes = 256 * 1024;

export const orderPath = "/trpc/";
const socketPath = "/trpc";

/** Undefined when the client may go on. A browser cannot pass: it sends an `Origin`, and has no token. */
export function refuseClient({ headers }: IncomingMessage, { port, token }: GuardOptions): Refusal | undefined {
  const host = headers.host?.toLowerCase();
  const ours = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  if (host === undefined || !ours.includes(host)) return { status: 403, why: "wrong Host" };
  if (headers.origin !== undefined) return { status: 403, why: "requests of web pages are refused" };
  if (!holdsToken(headers.authorization, token)) return { status: 401, why: "wrong or missing token" };
  return undefined;
}

/** What a plain HTTP request must be like, beyond its sender. */
export function refuseOrder({ method, url, headers }: IncomingMessage): Refusal | undefined {
  if (url?.startsWith(orderPath) !== true) return { status: 404, why: "no such path" };
  if (method !== "GET" && method !== "POST") return { status: 405, why: "only GET and POST" };
  if (Number(headers["content-length"] ?? 0) > largestMessageBytes) return { status: 413, why: "body over 256 KB" };
  if (method === "POST" && !isJson(headers["content-type"])) return { status: 415, why: "only application/json" };
  return undefined;
}

export function refuseUpgrade({ url, headers }: IncomingMessage): Refusal | undefined {
  const wanted = url === socketPath && headers.upgrade?.toLowerCase() === "websocket";
  return wanted ? undefined : { status: 404, why: "no such path" };
}

function holdsToken(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() === "application/json";
}
