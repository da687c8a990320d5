// The door for media sockets: one path, a token that opens once, the carrier's signature where there is one, and limits
// on who may wait how long before audio begins.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { CarrierMedia, MediaSocket, StreamCodec, StreamEvent } from "../carriers/media.ts";
import type { Clock, Log } from "../deps.ts";
import { type Encoding, StreamLink } from "./stream-link.ts";
import type { StreamTokens } from "./stream-tokens.ts";

export interface MediaLimits {
  preStartTimeoutMs: number;
  maxPendingConnections: number;
  maxPendingConnectionsPerIp: number;
  maxConnections: number;
}

/** A call that expects a media socket. */
export interface ExpectedStream {
  media: CarrierMedia;
  /** The leg, when it is known; a stream of another one is refused. */
  carrierCallId: string | undefined;
}

/** Where the frames of a socket that has begun go. */
export interface AttachedStream {
  received(link: StreamLink, event: StreamEvent): void;
  detach(link: StreamLink, why: string): void;
}

export interface MediaSocketsPorts {
  clock: Clock;
  log: Log;
  tokens: StreamTokens;
  limits(): MediaLimits;
  /** Undefined when the call is over or does not stream. */
  expected(callId: string): ExpectedStream | undefined;
  attach(callId: string, link: StreamLink): AttachedStream | undefined;
}

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  /** What stands behind the stream path: the token. */
  token: string;
  /** Whom the limits are counted for. */
  client: string;
  alsoAt: string[];
}

const maxFrameBytes = 64 * 1024;

export class MediaSockets implements AsyncDisposable {
  readonly #ports: MediaSocketsPorts;
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxFrameBytes });
  readonly #open = new Set<WebSocket>();
  /** Sockets that have not begun, by peer. */
  readonly #pending = new Map<WebSocket, string>();

  constructor(ports: MediaSocketsPorts) {
    this.#ports = ports;
  }

  upgrade(upgrade: Upgrade): void {
    const refused = this.#refusal(upgrade);
    if (refused !== undefined) return refuseUpgrade(upgrade.socket, refused);
    const callId = this.#ports.tokens.redeem(upgrade.token);
    const stream = callId === undefined ? undefined : this.#ports.expected(callId);
    if (callId === undefined || stream === undefined) return refuseUpgrade(upgrade.socket, 401);
    const { request, socket, head, client } = upgrade;
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#begin(opened, { callId, stream, client }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.terminate();
    this.#server.close();
  }

  #refusal({ request, token, client, alsoAt }: Upgrade): number | undefined {
    const { maxConnections, maxPendingConnections, maxPendingConnectionsPerIp } = this.#ports.limits();
    if (this.#open.size >= maxConnections || this.#pending.size >= maxPendingConnections) return 429;
    const ofPeer = [...this.#pending.values()].filter((peer) => peer === client).length;
    if (ofPeer >= maxPendingConnectionsPerIp) return 429;
    const callId = this.#ports.tokens.peek(token);
    const stream = callId === undefined ? undefined : this.#ports.expected(callId);
    if (stream === undefined) return 401;
    const { url: target = "", headers } = request;
    return stream.media.verify({ target, headers, alsoAt }) === "wrong" ? 401 : undefined;
  }

  #begin(
    socket: WebSocket,
    { callId, stream, client }: { callId: string; stream: ExpectedStream; client: string },
  ): void {
    this.#open.add(socket);
    this.#pending.set(socket, client);
    const { clock, log, limits } = this.#ports;
    const cancel = clock.after(limits().preStartTimeoutMs, () => socket.close(1008, "no start in time"));
    const begun = (): void => {
      cancel();
      this.#pending.delete(socket);
    };
    const reader = new SocketReader(socket, stream, {
      begun,
      attach: (link) => this.#ports.attach(callId, link),
    });
    socket.on("message", (data, isBinary) => reader.message(data, isBinary));
    // ws closes the socket itself after an error, with a code that says why.
    socket.on("error", (error) => log.warn({ callId, error: error.message }, "a media socket failed"));
    socket.on("close", (code) => {
      begun();
      this.#open.delete(socket);
      reader.closed(code);
    });
  }
}

interface ReaderPorts {
  begun(): void;
  attach(link: StreamLink): AttachedStream | undefined;
}

/** Reads one socket: nothing but a right `start` makes it the call's. */
class SocketReader implements MediaSocket {
  readonly #socket: WebSocket;
  readonly #expected: ExpectedStream;
  readonly #codec: StreamCodec;
  readonly #ports: ReaderPorts;
  #attached: { link: StreamLink; stream: AttachedStream } | undefined;

  constructor(socket: WebSocket, expected: ExpectedStream, ports: ReaderPorts) {
    this.#socket = socket;
    this.#expected = expected;
    this.#codec = expected.media.codec();
    this.#ports = ports;
  }

  send(frame: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame);
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  close(code: number, why: string): void {
    this.#socket.close(code, why);
  }

  message(data: RawData, isBinary: boolean): void {
    if (isBinary) return this.close(1003, "text frames only");
    const event = this.#codec.decode(String(data));
    if (event === undefined) return;
    const attached = this.#attached;
    if (attached !== undefined) {
      if (event.type === "stop") return this.close(1000, "the stream ended");
      return attached.stream.received(attached.link, event);
    }
    if (event.type === "start") return this.#start(event.carrierCallId, event.encoding);
    if (event.type !== "stop" && event.type !== "complaint") this.close(1008, "the stream has not begun");
  }

  closed(code: number): void {
    const attached = this.#attached;
    this.#attached = undefined;
    attached?.stream.detach(attached.link, `the media stream ended (${code})`);
  }

  #start(carrierCallId: string, encoding: Encoding): void {
    const { carrierCallId: expected } = this.#expected;
    if (expected !== undefined && expected !== carrierCallId) return this.close(1008, "a stream of another call");
    this.#ports.begun();
    const link = new StreamLink(this, this.#codec, encoding);
    const stream = this.#ports.attach(link);
    if (stream === undefined) return this.close(1008, "the call does not stream");
    this.#attached = { link, stream };
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
};

/** Answers an upgrade that is not wanted and closes. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status} ${reasons[status] ?? "Refused"}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
