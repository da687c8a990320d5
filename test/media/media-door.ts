// The real public listener with its door for media sockets, and peers of all manners in front of it.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";
import { createTwilioCodec } from "../../src/daemon/carriers/twilio/stream-codec.ts";
import type { ExpectedStream, StreamEvent } from "../../src/daemon/carriers/media.ts";
import { type Clock, systemClock } from "../../src/daemon/deps.ts";
import { type MediaLimits, MediaSockets } from "../../src/daemon/media/media-sockets.ts";
import { StreamTokens } from "../../src/daemon/media/stream-tokens.ts";
import { startPublicListener } from "../../src/daemon/webhooks/public-listener.ts";
import type { ForwardingRules } from "../../src/daemon/webhooks/forwarded.ts";

const path = "/voice/stream";
const silence = Buffer.alloc(160, 0xff).toString("base64");
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const direct: ForwardingRules = {
  allowedHosts: [],
  trustForwardingHeaders: false,
  trustedProxyIPs: [],
  ngrokOnLoopback: false,
};
const generous: MediaLimits = {
  preStartTimeoutMs: 5000,
  maxPendingConnections: 32,
  maxPendingConnectionsPerIp: 32,
  maxConnections: 128,
};

/** The system's clock, which knows how many of its timers wait, and can be ahead. */
function countingClock(): Clock & { waiting: number; aheadMs: number } {
  const clock = {
    waiting: 0,
    aheadMs: 0,
    now: () => systemClock.now() + clock.aheadMs,
    monotonic: () => systemClock.monotonic(),
    after(ms: number, task: () => void) {
      clock.waiting++;
      let waits = true;
      const done = (): void => void (waits && clock.waiting-- && (waits = false));
      const cancel = systemClock.after(ms, () => {
        done();
        task();
      });
      return () => {
        done();
        cancel();
      };
    },
  };
  return clock;
}

export interface Door extends AsyncDisposable {
  port: number;
  clock: ReturnType<typeof countingClock>;
  tokens: StreamTokens;
  /** Calls that expect a socket, with the carrier's id of the leg. */
  calls: Map<string, string>;
  signature: "signed" | "unsigned" | "wrong";
  received: [string, StreamEvent["type"]][];
  detached: string[];
  attached: number;
  close(): Promise<void>;
}

export async function open({
  limits = {},
  forwarding = {},
}: { limits?: Partial<MediaLimits>; forwarding?: Partial<ForwardingRules> } = {}): Promise<Door> {
  const clock = countingClock();
  const tokens = new StreamTokens(clock);
  const expected = (callId: string): ExpectedStream | undefined => {
    const carrierCallId = door.calls.get(callId);
    const media = { codec: createTwilioCodec, verify: () => door.signature };
    return carrierCallId === undefined ? undefined : { media, carrierCallId };
  };
  const sockets = new MediaSockets({
    clock,
    log,
    tokens,
    limits: () => ({ ...generous, ...limits }),
    expected,
    attach(callId, _link) {
      if (!door.calls.has(callId)) return undefined;
      door.attached++;
      return {
        received: (link, event) => {
          door.received.push([callId, event.type]);
          link.read(event, {
            audio: () => undefined,
            mark: () => undefined,
            digit: () => undefined,
            complaint: () => undefined,
          });
        },
        detach: (_closed, why) => void door.detached.push(why),
      };
    },
  });
  const listener = await startPublicListener({
    port: 0,
    bind: "127.0.0.1",
    forwarding: { ...direct, ...forwarding },
    log,
    proof: () => ({}),
    route: { path: "/voice/webhook", admits: () => false, handle: async () => undefined },
    streams: { path, upgrade: (upgrade) => sockets.upgrade(upgrade) },
  });
  const close = async (): Promise<void> => {
    await listener[Symbol.asyncDispose]();
    await sockets[Symbol.asyncDispose]();
  };
  const door: Door = {
    port: listener.port,
    clock,
    tokens,
    calls: new Map([["call-1", "CA1"]]),
    signature: "unsigned",
    received: [],
    detached: [],
    attached: 0,
    close,
    [Symbol.asyncDispose]: close,
  };
  return door;
}

export const urlOf = (door: Door, token: string, at = path): string => `ws://127.0.0.1:${door.port}${at}/${token}`;

/** What becomes of an upgrade: the socket, or the status that it is refused with. */
export async function dial(url: string, headers: Record<string, string> = {}): Promise<WebSocket | number> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(socket));
    socket.on("unexpected-response", (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.on("error", reject);
  });
}

export async function enter(door: Door, callId = "call-1", headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = await dial(urlOf(door, door.tokens.issue(callId)), headers);
  if (typeof socket === "number") throw new Error(`refused with ${socket}`);
  return socket;
}

export async function codeOf(socket: WebSocket): Promise<number> {
  const closed: unknown[] = await once(socket, "close");
  return Number(closed[0]);
}

export const start = (callSid = "CA1", streamSid = "MZ1"): string =>
  JSON.stringify({
    event: "start",
    streamSid,
    start: { streamSid, callSid, mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 } },
  });
export const media = (streamSid = "MZ1", chunk = 1): string =>
  JSON.stringify({
    event: "media",
    streamSid,
    media: { track: "inbound", chunk: String(chunk), timestamp: "20", payload: silence },
  });

/** A peer that keeps its side open whatever it is told. */
export function stubborn(port: number, head: string): Socket {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.write(head);
  return socket;
}

/** An upgrade as a raw request. */
export function upgradeHead(token: string): string {
  const key = Buffer.alloc(16).toString("base64");
  const lines = ["Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
  return [`GET ${path}/${token} HTTP/1.1`, ...lines, `Sec-WebSocket-Key: ${key}`, "", ""].join("\r\n");
}
