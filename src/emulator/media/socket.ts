// Dialling a media socket of the program under test, on loopback only.
import { WebSocket } from "ws";
import { destinationOf, type Destination, type Route } from "../route.ts";

export type Dialled = { readonly socket: WebSocket } | { readonly refusedWith: number | null };

const HANDSHAKE_MS = 5000;

/** Where a media URL really goes: `wss` is what `https` is to a route. Throws when that would be another machine. */
export function mediaDestination(url: string, routes: readonly Route[]): Destination {
  const { target, headers } = destinationOf(url.replace(/^ws/i, "http"), routes);
  return { target: new URL(target.href.replace(/^http/, "ws")), headers };
}

/** Opens a socket; settles when it stands, or with the status of the refusal (null when there was no reply). */
export function dial(destination: Destination, signal: AbortSignal): Promise<Dialled> {
  const { promise, resolve } = Promise.withResolvers<Dialled>();
  const { target, headers } = destination;
  const socket = new WebSocket(target, { headers, perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS });
  const giveUp = () => {
    socket.terminate();
  };
  socket.once("open", () => {
    signal.removeEventListener("abort", giveUp);
    resolve({ socket });
  });
  socket.once("unexpected-response", (request, response) => {
    resolve({ refusedWith: response.statusCode ?? null });
    request.destroy();
  });
  // Stays for the socket's life: an error is followed by a close, which is what counts.
  socket.on("error", () => {
    resolve({ refusedWith: null });
  });
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) {
    giveUp();
  }
  return promise;
}
