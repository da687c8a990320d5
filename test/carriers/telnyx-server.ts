// A small server that speaks Telnyx's JSON as it is told to, and a carrier that takes it for Telnyx.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { expect } from "vitest";
import { CallError } from "../../src/call/error.ts";
import type { LegFacts } from "../../src/call/fact.ts";
import type { Carrier } from "../../src/daemon/carriers/carrier.ts";
import { apiKey, callId, carrierCallId, telnyx } from "./telnyx-fixture.ts";

interface Received {
  method: string;
  path: string;
  authorization: string | undefined;
  body: Record<string, unknown>;
}
export type Answer = (response: ServerResponse) => void;

interface TelnyxServer extends AsyncDisposable {
  carrier: Carrier;
  url: string;
  received: Received[];
  delivered: LegFacts[];
  /** Connections that were opened. */
  connections(): number;
}

export const leg = { callId, carrierCallId };

/** Answers each request with the next of these. */
export async function against(...answers: Answer[]): Promise<TelnyxServer> {
  const received: Received[] = [];
  const delivered: LegFacts[] = [];
  let connections = 0;
  const server = createServer((incoming, response) => {
    void read(incoming).then((seen) => {
      received.push(seen);
      (answers.shift() ?? json(500, {}))(response);
    });
  });
  server.on("connection", () => (connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}/v2`;
  const carrier = telnyx({ config: { baseUrl: url }, delivered });
  return {
    carrier,
    url,
    received,
    delivered,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      await carrier[Symbol.asyncDispose]();
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function read(incoming: IncomingMessage): Promise<Received> {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  const { method = "", url: path = "", headers } = incoming;
  return { method, path, authorization: headers.authorization, body: text === "" ? {} : JSON.parse(text) };
}

export const json =
  (status: number, body: object): Answer =>
  (response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

export const ok = json(200, { data: { result: "ok" } });
export const refusal = (status: number, code: string, detail: string): Answer =>
  json(status, { errors: [{ code, title: "Refused", detail, meta: { url: "https://developers.telnyx.com" } }] });
export const hangUpSocket: Answer = (response) => void response.destroy();
export const page: Answer = (response) =>
  void response.writeHead(502, { "content-type": "text/html" }).end("<h1>canary</h1>");

/** The error of an order that must fail, checked to tell no secret. */
export async function failure(promise: Promise<unknown>): Promise<CallError> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CallError)) throw error;
  const told = `${error.stack}${JSON.stringify(error)}${String(error.cause)}`;
  expect(told).not.toContain(apiKey);
  expect(told).not.toMatch(/canary|5550000002/);
  return error;
}
