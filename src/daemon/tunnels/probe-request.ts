// One small request to a public URL, and what its failures mean.
import type { IncomingHttpHeaders } from "node:http";

interface ProbeRequest {
  url: string;
  headers: Record<string, string>;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Opens a WebSocket in place of an order. */
  upgrade?: boolean;
}

/** Rejects when there is no answer; never follows a redirection. */
export type SendProbe = (request: ProbeRequest) => Promise<{ status: number; headers: IncomingHttpHeaders }>;

const opening = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dm9pY2VjYWxsIHByb2JlIQ==",
};

/** An empty POST, or the opening of a WebSocket, on a connection of its own. */
export const sendProbe: SendProbe = ({ url, headers, timeoutMs, signal, upgrade = false }) => {
  const { protocol } = new URL(url);
  const { request } =
    protocol === "https:" ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
  const late = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: upgrade ? "GET" : "POST",
        agent: false,
        headers: { ...headers, ...(upgrade ? opening : { "content-length": 0 }) },
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      },
      (response) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
        response.destroy();
      },
    );
    outgoing.on("upgrade", ({ headers: taken }, socket) => {
      resolve({ status: 101, headers: taken });
      socket.destroy();
    });
    outgoing.on("error", (error) => reject(late.aborted ? late.reason : error));
    outgoing.end();
  });
};

const words: Readonly<Record<string, { reason: string; hint: string }>> = {
  ENOTFOUND: {
    reason: "the name is not known",
    hint: "check the host name; a new Tailscale name takes up to 15 minutes to be known everywhere",
  },
  EAI_AGAIN: { reason: "names cannot be looked up", hint: "check this machine's network and DNS" },
  ECONNREFUSED: { reason: "nothing listens there", hint: "check that the tunnel or proxy runs and the port is right" },
  ECONNRESET: { reason: "the connection was cut", hint: "check the tunnel or proxy; a new certificate takes a minute" },
  EPROTO: { reason: "it does not speak https", hint: "put a certificate there, or check the port" },
};

const slow = {
  reason: "no answer in time",
  hint: "a firewall may swallow the connection, or your router does not lead you to your own public address",
};

export function failureWords(error: unknown): { reason: string; hint: string } {
  if (!(error instanceof Error)) return { reason: "unknown", hint: "try again" };
  if (error.name === "TimeoutError" || error.name === "AbortError") return slow;
  const code = "code" in error ? String(error.code) : error.name;
  if (code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "ENETUNREACH") return slow;
  if (/CERT|ALTNAME|SELF_SIGNED|ISSUER/.test(code)) {
    return {
      reason: `the certificate is not good (${code})`,
      hint: "a carrier refuses it as well: renew it, or wait a minute for a new one",
    };
  }
  return words[code] ?? { reason: code, hint: "check the URL and the network" };
}
