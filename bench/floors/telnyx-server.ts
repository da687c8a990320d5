// Floor of Telnyx's webhooks: bare node:http and crypto.verify with a key read once; stores event and call row in one commit
// per event-loop turn, then acknowledges. `telnyx-server.ts <file> [orders]`: with the port of an orders server it gives the
// two orders of a call, too. Prints its port when it listens.
import { createPublicKey, verify } from "node:crypto";
import { Agent, type IncomingMessage, type ServerResponse, createServer, request as httpRequest } from "node:http";
import { telnyxKey } from "../load/accounts.ts";
import { openFloorStore } from "./group-commit.ts";

interface TelnyxEvent {
  data: { id: string; event_type: string; payload: Record<string, string> };
}

const [, , file = "", orders] = process.argv;
const store = openFloorStore(file);
const key = createPublicKey(telnyxKey.privateKey);
const agent = new Agent({ keepAlive: true });
const actions: Record<string, string> = { "call.initiated": "answer", "call.answered": "transcription_start" };

function isGenuine({ headers }: IncomingMessage, body: Buffer): boolean {
  const signed = Buffer.concat([Buffer.from(`${String(headers["telnyx-timestamp"])}|`), body]);
  return verify(null, signed, key, Buffer.from(String(headers["telnyx-signature-ed25519"]), "base64"));
}

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const reply = (status: number): void => {
    response.statusCode = status;
    response.setHeader("content-length", 0);
    response.end();
  };
  if (!isGenuine(request, body)) return reply(401);
  const event: TelnyxEvent = JSON.parse(body.toString("utf8"));
  const { id, event_type: status, payload } = event.data;
  const callId = payload["call_control_id"] ?? "";
  const { from, to, direction } = payload;
  const done = (): void => {
    reply(200);
    order(callId, actions[status]);
  };
  store({ callId, status, key: id, json: JSON.stringify({ from, to, direction, status }), done });
}

function order(callId: string, action: string | undefined): void {
  if (orders === undefined || action === undefined) return;
  const body = JSON.stringify({ command_id: `${callId}-${action}` });
  const headers = { "content-type": "application/json", "content-length": body.length };
  const url = `http://127.0.0.1:${orders}/v2/calls/${callId}/actions/${action}`;
  httpRequest(url, { method: "POST", agent, headers }, (response) => response.resume()).end(body);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => answer(request, response, Buffer.concat(chunks)));
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify(server.address())));
