// A tiny webhook application for testing the emulator: answers with what a test tells it, and keeps what came in.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";

export interface ReceivedWebhook {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly form: URLSearchParams;
}

export interface AppReply {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
}

export type Application = (webhook: ReceivedWebhook) => AppReply | string | Promise<AppReply | string>;

export interface WebhookApp extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
}

/** A reply made of the inside of a `<Response>`. */
export function twiml(inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${inside}</Response>`;
}

export async function startApp(application: Application, port = 0): Promise<WebhookApp> {
  const received: ReceivedWebhook[] = [];
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(Buffer.from(chunk));
    }
    const { method = "", url = "", headers } = incoming;
    const body = Buffer.concat(chunks).toString();
    const webhook = { method, path: url, headers, body, form: new URLSearchParams(body) };
    received.push(webhook);
    const reply = await application(webhook);
    const { status = 200, type = "text/xml", body: answer = "" } = typeof reply === "string" ? { body: reply } : reply;
    outgoing.writeHead(status, { "Content-Type": type }).end(answer);
  };
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await listen(server, port);
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    received,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}
