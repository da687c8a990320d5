// One HTTP exchange with a daemon, over node:http as it costs least to load.
import type { Agent } from "node:http";
import type { DaemonRecord } from "../call/protocol.ts";
import { givenUp } from "./errors.ts";

export interface Order {
  type: "query" | "mutation";
  /** The procedure, e.g. `calls.place`. */
  path: string;
  input: unknown;
  signal?: AbortSignal | null | undefined;
  agent?: Agent | undefined;
}

/** `refused`: the order never reached a daemon. `lost`: it may have. */
export type Outcome = { kind: "answered"; status: number; body: string } | { kind: "refused" } | { kind: "lost" };

/** No time limit of its own: a question waits for its answer as long as the daemon does. */
export function exchange(record: DaemonRecord, { type, path, input, signal, agent }: Order): Promise<Outcome> {
  const http = process.getBuiltinModule("node:http");
  const body = input === undefined ? undefined : JSON.stringify(input);
  const isQuery = type === "query";
  const query = isQuery && body !== undefined ? `?input=${encodeURIComponent(body)}` : "";
  const headers = { authorization: `Bearer ${record.token}`, ...(!isQuery && { "content-type": "application/json" }) };

  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(givenUp());
    const request = http.request(`${record.url}/trpc/${path}${query}`, {
      method: isQuery ? "GET" : "POST",
      headers,
      ...(agent !== undefined && { agent }),
    });
    const abort = (): void => {
      reject(givenUp());
      request.destroy();
    };
    const settle = (outcome: Outcome): void => {
      signal?.removeEventListener("abort", abort);
      resolve(outcome);
    };
    signal?.addEventListener("abort", abort, { once: true });
    request.on("error", (error) => settle({ kind: isRefused(error) ? "refused" : "lost" }));
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => settle({ kind: "answered", status: response.statusCode ?? 0, body: text }));
      response.on("error", () => settle({ kind: "lost" }));
    });
    request.end(isQuery ? undefined : body);
  });
}

function isRefused(error: Error): boolean {
  return "code" in error && error.code === "ECONNREFUSED";
}
