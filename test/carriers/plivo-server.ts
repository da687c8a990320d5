// A small server that answers as Plivo's REST API as it is told to, and a carrier that takes it for Plivo.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { expect } from "vitest";
import { CallError } from "../../src/call/error.ts";
import type { Carrier } from "../../src/daemon/carriers/carrier.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { authId, authToken, callId, callUuid, plivo } from "./plivo-fixture.ts";

interface Received {
  /** `POST Call/`: behind the account's path, with the query. */
  order: string;
  authorization: string | undefined;
  body: Record<string, unknown>;
}
export type Answer = (response: ServerResponse) => void;

interface PlivoServer extends AsyncDisposable {
  carrier: Carrier;
  url: string;
  received: Received[];
}

export const leg = { callId, carrierCallId: callUuid };

/** Answers each request with the next of these. */
export async function against(answers: Answer[], clock?: ManualClock): Promise<PlivoServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void read(request).then((seen) => {
      received.push(seen);
      (answers.shift() ?? json(500, {}))(response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}/`;
  return {
    carrier: plivo({ config: { authId, authToken, baseUrl: url }, ...(clock !== undefined && { clock }) }),
    url,
    received,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { method = "", url = "", headers } = request;
  const root = `/v1/Account/${authId}/`;
  const order = `${method} ${url.startsWith(root) ? url.slice(root.length) : url}`;
  return { order, authorization: headers.authorization, body: text === "" ? {} : JSON.parse(text) };
}

export const json =
  (status: number, body: object): Answer =>
  (response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

export const refusal = (status: number, error: string): Answer => json(status, { api_id: "a1", error });
export const missing = refusal(404, "call not found");
export const gone: Answer = (response) => void response.writeHead(204).end();
export const transferred = json(202, { api_id: "a1", message: "call transferred", call_uuids: [callUuid] });
export const hangUpSocket: Answer = (response) => void response.destroy();
export const page: Answer = (response) =>
  void response.writeHead(502, { "content-type": "text/html" }).end("<h1>canary</h1>");
export const unauthorized: Answer = (response) =>
  void response.writeHead(401, { "content-type": "text/html" }).end("Could not verify your access level canary");

/** The error of an order that must fail, checked to tell no secret. */
export async function failure(promise: Promise<unknown>): Promise<CallError> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CallError)) throw error;
  const credentials = Buffer.from(`${authId}:${authToken}`).toString("base64");
  const told = `${error.stack}${JSON.stringify(error)}${String(error.cause)}`;
  expect(told).not.toMatch(new RegExp(`${authToken}|${credentials}|canary|5550000002`));
  return error;
}
