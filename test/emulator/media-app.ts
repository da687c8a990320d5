// A small media application for testing the emulators: takes their sockets, keeps what came, and answers as a test tells it.
import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";

export type Message = Readonly<Record<string, unknown>>;

export interface MediaSocketSeen {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly messages: readonly Message[];
  /** What came that is no JSON object. */
  readonly strange: readonly string[];
  readonly closeCode: number | null;
  of(event: string): readonly Message[];
  send(message: unknown): void;
  /** Sends bytes as they are. */
  raw(data: string | Buffer): void;
  close(code?: number): void;
}

export interface MediaApp extends AsyncDisposable {
  /** For example `http://127.0.0.1:4010`. */
  readonly url: string;
  readonly sockets: readonly MediaSocketSeen[];
}

interface MediaAppOptions {
  /** The reply to an HTTP request. */
  readonly document?: (path: string, body: URLSearchParams) => string;
  readonly onMessage?: (message: Message, socket: MediaSocketSeen) => void;
  /** Refuses upgrades with this status. */
  readonly refuses?: number;
}

export async function startMediaApp({ document, onMessage, refuses }: MediaAppOptions = {}): Promise<MediaApp> {
  const sockets: MediaSocketSeen[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = new URLSearchParams(Buffer.concat(chunks).toString());
      outgoing.writeHead(200, { "Content-Type": "text/xml" }).end(document?.(incoming.url ?? "", body) ?? "");
    });
  });
  const wss = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (refuses !== undefined) {
      stream.end(`HTTP/1.1 ${refuses} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    wss.handleUpgrade(request, stream, head, (socket) => sockets.push(seen(socket, request, onMessage)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const client of wss.clients) client.terminate();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function seen(
  socket: WebSocket,
  { url = "", headers }: IncomingMessage,
  onMessage: MediaAppOptions["onMessage"],
): MediaSocketSeen {
  const messages: Message[] = [];
  const strange: string[] = [];
  const own = {
    path: url,
    headers,
    messages,
    strange,
    closeCode: null as number | null,
    of: (event: string) => messages.filter((message) => message["event"] === event),
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    raw: (data: string | Buffer) => socket.send(data),
    close: (code = 1000) => socket.close(code),
  };
  socket.on("message", (data: Buffer, isBinary) => {
    const text = data.toString();
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      strange.push(text);
      return;
    }
    if (isBinary) {
      strange.push(text);
      return;
    }
    messages.push(message);
    onMessage?.(message, own);
  });
  socket.on("close", (code) => {
    own.closeCode = code;
  });
  socket.on("error", () => undefined);
  return own;
}

/** µ-law that can be told apart: `ms` of the one byte. */
export function tone(ms: number, byte = 0x21): Buffer {
  return Buffer.alloc(ms * 8, byte);
}
