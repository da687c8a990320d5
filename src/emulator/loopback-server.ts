// The HTTP server under every emulator: 127.0.0.1 only, whole bodies, and an end that closes every socket.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly html?: string;
}

/** Answers a request; null closes the connection without a reply. */
export type Answer = (request: HttpRequest) => Promise<HttpReply | null>;

export interface LoopbackServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:4010`. */
  readonly url: string;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** Listens on 127.0.0.1; port 0 takes a free one. Rejects when the port cannot be had. */
export async function listenOnLoopback(port: number, answer: Answer): Promise<LoopbackServer> {
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): Promise<void> {
  try {
    const body = await readBody(incoming);
    const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
    const { method = "GET", headers } = incoming;
    const reply = await answer({ method, url, headers, body });
    if (reply === null) {
      incoming.socket.destroy();
    } else {
      write(outgoing, reply);
    }
  } catch (error) {
    if (!incoming.destroyed) {
      const message = error instanceof Error ? error.message : String(error);
      write(outgoing, { status: 500, json: { message } });
    }
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) {
      throw new Error("request body too large");
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function write(outgoing: ServerResponse, reply: HttpReply): void {
  const isHtml = reply.html !== undefined;
  const text = reply.html ?? (reply.json === undefined ? "" : JSON.stringify(reply.json));
  outgoing.writeHead(reply.status, {
    ...(text === "" ? {} : { "Content-Type": isHtml ? "text/html" : "application/json" }),
    ...reply.headers,
  });
  outgoing.end(text);
}
