// Finds or starts the daemon, and gives its orders as plain functions.
import { createTRPCClient, type TRPCClient } from "@trpc/client";
import type { StoredEvent } from "../call/event.ts";
import type { AppRouter } from "../router/app.ts";
import { Connection } from "./connection.ts";
import { callErrorFrom } from "./errors.ts";
import { orderLink } from "./link.ts";
import { locate } from "./locate.ts";
import type { Calls, ConnectOptions, DaemonControl, FollowOptions, MockLine, VoiceCall } from "./voice-call.ts";

/**
 * Finds the daemon of this user, or starts one.
 * @throws CallError `DAEMON_UNREACHABLE` with the reason and the last lines of the daemon's log, `VERSION_MISMATCH`, …
 */
export async function connect(options: ConnectOptions = {}): Promise<VoiceCall> {
  const { autoStart = true, signal, onNotice } = options;
  const places = await locate(options);
  const connection = await Connection.open(
    { ...places, autoStart, ...(onNotice !== undefined && { onNotice }) },
    signal,
  );
  const client = createTRPCClient<AppRouter>({ links: [orderLink(connection)] });
  return {
    get daemon() {
      const { pid, url, version, protocol, startedAt } = connection.record;
      return { pid, url, version, protocol, startedAt, stateDir: places.stateDir };
    },
    calls: callsOf(client),
    events: { follow: (query = {}) => followLog(connection, query) },
    mock: mockOf(client),
    system: systemOf(client),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

type Client = TRPCClient<AppRouter>;

function callsOf({ calls }: Client): Calls {
  return {
    place: (command) => order(calls.place.mutate({ ...command, requestId: command.requestId ?? newRequestId() })),
    get: (callId) => order(calls.get.query({ callId })),
    list: () => order(calls.list.query()),
    say: (command) => order(calls.say.mutate({ ...command, requestId: command.requestId ?? newRequestId() })),
    ask: (command, options) =>
      order(calls.ask.mutate({ ...command, requestId: command.requestId ?? newRequestId() }, options)),
    sendDigits: (command) => order(calls.sendDigits.mutate(command)),
    hangUp: (callId) => order(calls.hangUp.mutate({ callId })),
  };
}

function mockOf({ mock }: Client): MockLine {
  return {
    inbound: (call) => order(mock.inbound.mutate(call)),
    say: (callId, text) => order(mock.say.mutate({ callId, text })),
    digits: (callId, digits) => order(mock.digits.mutate({ callId, digits })),
    hangUp: (callId) => order(mock.hangUp.mutate({ callId })),
  };
}

function systemOf({ system }: Client): DaemonControl {
  return {
    health: () => order(system.health.query()),
    config: () => order(system.config.query()),
    reload: () => order(system.reload.mutate()),
    drain: (options) => order(system.drain.mutate(undefined, options)),
    shutdown: (options) => order(system.shutdown.mutate(options)),
    latency: (options) => order(system.latency.query(options)),
  };
}

async function order<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw callErrorFrom(error);
  }
}

/** The WebSocket is loaded only by those who follow. */
async function* followLog(
  { options, closing }: Connection,
  { signal, ...query }: FollowOptions,
): AsyncGenerator<StoredEvent> {
  const { follow } = await import("./follow.ts");
  yield* follow(options, query, signal === undefined ? closing : AbortSignal.any([signal, closing]));
}

/** By which a repeated order is recognised; it need not be secret. */
function newRequestId(): string {
  const random = (): string => Math.random().toString(36).slice(2);
  return `${Date.now().toString(36)}-${random()}${random()}`;
}
