// Floor of the webhooks: a bare node:http server. Prints its port when it listens.
//   node webhook-server.ts twilio               reads, parses, verifies, replies
//   node webhook-server.ts twilio+group <file>  and stores event and call row in one commit per event-loop turn first
import { createHmac, timingSafeEqual } from "node:crypto";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { accounts, publicUrl } from "../load/accounts.ts";
import { openFloorStore } from "./group-commit.ts";

const [, , mode, file = ""] = process.argv;
const { authToken } = accounts.twilio;
const document =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="wss://voice.example.test/media"/></Connect></Response>';
const store = mode === "twilio+group" ? openFloorStore(file) : undefined;
let stored = 0;

function isGenuine(request: IncomingMessage, form: URLSearchParams): boolean {
  const pairs = [...form].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  let content = publicUrl;
  for (const [name, value] of pairs) content += name + value;
  const expected = Buffer.from(createHmac("sha1", authToken).update(content).digest("base64"));
  const given = Buffer.from(String(request.headers["x-twilio-signature"]));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const form = new URLSearchParams(body.toString("utf8"));
  if (!isGenuine(request, form)) {
    response.statusCode = 401;
    response.setHeader("content-length", 0);
    response.end();
    return;
  }
  const done = (): void => {
    response.setHeader("content-type", "application/xml");
    response.setHeader("content-length", document.length);
    response.end(document);
  };
  if (store === undefined) return done();
  const callId = form.get("CallSid") ?? "";
  const status = form.get("CallStatus") ?? "";
  const json = JSON.stringify({ from: form.get("From"), to: form.get("To"), direction: form.get("Direction"), status });
  store({ callId, status, key: `${callId}${status}${++stored}`, json, done });
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => answer(request, response, Buffer.concat(chunks)));
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify(server.address())));
