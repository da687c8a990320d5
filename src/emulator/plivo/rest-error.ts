// Refusals of Plivo's REST side: a status and, as a rule, `{"api_id","error"}`.
import type { HttpReply } from "../loopback-server.ts";

/** What Plivo says with a status when there is nothing more exact to say. */
const WORDS: ReadonlyMap<number, string> = new Map([
  [400, "invalid request"],
  [403, "concurrent calls limit reached"],
  [404, "not found"],
  [405, "method not allowed"],
  [415, "unsupported content type"],
  [429, "rate limit exceeded"],
  [500, "server error"],
  [503, "service unavailable"],
]);
const UNAUTHORIZED = "Could not verify your access level for that URL.\nYou have to login with proper credentials";

/** A refused request. */
export class RestError extends Error {
  readonly status: number;

  constructor(status: number, message: string = WORDS.get(status) ?? "request refused") {
    super(message);
    this.name = "RestError";
    this.status = status;
  }

  /** 401 is answered with text instead of JSON. */
  toReply(apiId: string, headers: Readonly<Record<string, string>> = {}): HttpReply {
    return this.status === 401
      ? { status: 401, headers: { ...headers, "WWW-Authenticate": 'Basic realm="Login Required"' }, html: UNAUTHORIZED }
      : { status: this.status, headers, json: { api_id: apiId, error: this.message } };
  }
}
