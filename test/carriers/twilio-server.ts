// A small server that speaks Twilio's JSON as it is told to, and a carrier that takes it for Twilio.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { expect } from "vitest";
import { CallError } from "../../src/call/error.ts";
import type { Carrier } from "../../src/daemon/carriers/carrier.ts";
import { accountSid, authToken, callId, callSid, twilio } from "./twilio-fixture.ts";

interface Received {
  method: string;
  path: string;
  authorization: string | undefined;
  form: URLSearchParams;
}
export type Answer = (response: ServerResponse) => void;

interface TwilioServer extends AsyncDisposable {
  carrier: Carrier;
  url: string;
  received: Received[];
  /** Hosts that were asked of the server as a proxy. */
  connects: string[];
}

export const leg = { callId, carrierCallId: callSid };

/** Answers each request with the next of these. */
export async function against(...answers: Answer[]): Promise<TwilioServer> {
  const received: Received[] = [];
  const connects: string[] = [];
  const server = createServer((request, response) => {
    void read(request).then((seen) => {
      received.push(seen);
      (answers.shift() ?? json(500, {}))(response);
    });
  });
  server.on("connect", ({ url = "" }, socket) => {
    connects.push(url);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}/`;
  return {
    carrier: twilio({ config: { accountSid, authToken, baseUrl: url } }),
    url,
    received,
    connects,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const { method = "", url: path = "", headers } = request;
  return { method, path, authorization: headers.authorization, form: new URLSearchParams(body) };
}

export const json =
  (status: number, body: object): Answer =>
  (response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

export const call = (status: string): Answer => json(200, { sid: callSid, status, direction: "outbound-api" });
export const refusal = (status: number, code: number, message: string): Answer =>
  json(status, { code, message, status });
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
  const credentials = Buffer.from(`${accountSid}:${authToken}`).toString("base64");
  const told = `${error.stack}${JSON.stringify(error)}${String(error.cause)}`;
  expect(told).not.toMatch(new RegExp(`${authToken}|${credentials}|canary|5550000002`));
  return error;
}
