// The door for media sockets: one path, a token that opens once, the carrier's signature where there is one, and limits
// on who may wait how long before audio begins.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { ExpectedStream, MediaSocket, MediaSocketListener } from "../carriers/media.ts";
import type { Cancel, Clock, Log } from "../deps.ts";
import { type AttachedStream, readStream } from "./read-stream.ts";
import type { StreamLink } from "./stream-link.ts";
import type { StreamTokens } from "./stream-tokens.ts";

export interface MediaLimits {
  preStartTimeoutMs: number;
  maxPendingConnections: number;
  maxPendingConnectionsPerIp: number;
  maxConnections: number;
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
/** A peer that does not answer our close is cut off, so that it holds no place. */
const closeWithinMs = 1000;

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
    const ours = new SocketOfOurs(socket, clock);
    const cancel = clock.after(limits().preStartTimeoutMs, () => ours.close(1008));
    const begun = (): void => {
      cancel();
      this.#pending.delete(socket);
    };
    // ws closes the socket itself after an error, with a code that says why.
    socket.on("error", (error) => {
      log.warn({ callId, error: error.message }, "a media socket failed");
      ours.cutOff();
    });
    socket.on("close", () => {
      begun();
      this.#open.delete(socket);
    });
    const attach = (link: StreamLink): AttachedStream | undefined => this.#ports.attach(callId, link);
    readStream(ours, stream, { begun, attach });
  }
}

/** A WebSocket as the carriers' codecs and the mock's line know it. */
class SocketOfOurs implements MediaSocket {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #cutOff: Cancel | undefined;

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on("close", () => this.#cutOff?.());
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame);
  }

  close(code: number): void {
    this.#socket.close(code);
    this.cutOff();
  }

  /** In a moment, whatever its peer does about it. */
  cutOff(): void {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    this.#cutOff ??= this.#clock.after(closeWithinMs, () => this.#socket.terminate());
  }

  listen({ message, closed }: MediaSocketListener): void {
    this.#socket.on("message", (data: RawData, isBinary) => {
      // What was on its way when we closed is of no interest, a start least of all.
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      if (isBinary || !Buffer.isBuffer(data)) this.close(1003);
      else message(data.toString());
    });
    this.#socket.on("close", closed);
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
};

/** Answers an upgrade that is not wanted and closes. */
export function refuseUpgrade(socket: Duplex, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const all = { ...headers, connection: "close", "content-length": "0" };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on("error", () => undefined);
  // Its peer may keep the other half open for ever.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reasons[status] ?? "Refused"}\r\n${lines.join("")}\r\n`);
}
