// One subscription over one WebSocket to one daemon; ends when the connection does.
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from "@trpc/client";
import { WebSocket as Socket } from "ws";
import type { DaemonRecord } from "../call/protocol.ts";
import type { AppRouter } from "../router/app.ts";
import { BatchQueue } from "./batches.ts";

export interface Observer<T> {
  onData(batch: T): void;
  onError(error: unknown): void;
  onComplete(): void;
}

/** Which subscription, e.g. `(client, handlers) => client.events.follow.subscribe(query, handlers)`. */
export type Subscribe<T> = (client: TRPCClient<AppRouter>, handlers: Observer<T>) => unknown;

/** Throws what the daemon refuses the subscription with; a lost connection is a plain end. */
export async function* subscription<T>(
  record: DaemonRecord,
  subscribe: Subscribe<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  // It may have been aborted while the daemon was looked for, and then never fires here.
  if (signal.aborted) return;
  let socket: Socket | undefined;
  const batches = new BatchQueue<T>({ pause: () => socket?.pause(), resume: () => socket?.resume() });

  const opened = (newSocket: Socket): void => {
    socket = newSocket;
  };
  /** The token goes into a header, which only this constructor can set. */
  class AuthorizedSocket extends Socket {
    constructor(url: string) {
      super(url, { headers: { authorization: `Bearer ${record.token}` }, perMessageDeflate: false });
      opened(this);
    }
  }
  const end = (): void => {
    batches.end();
    void client.close();
  };
  const client = createWSClient({
    url: `${record.url.replace("http:", "ws:")}/trpc`,
    // @ts-expect-error ws's class is the standard one in all that is used here, but is not declared so.
    WebSocket: AuthorizedSocket,
    // Which daemon comes next is the subscriber's question, so this client never reconnects.
    onClose: end,
    onError: end,
  });
  signal.addEventListener("abort", end, { once: true });
  try {
    subscribe(createTRPCClient<AppRouter>({ links: [wsLink({ client })] }), {
      onData: (batch) => batches.push(batch),
      onError: (error) => batches.end(error),
      onComplete: () => batches.end(),
    });
    yield* batches;
  } finally {
    signal.removeEventListener("abort", end);
    end();
    socket?.terminate();
  }
}
