// Finds or starts the daemon, and gives its orders as plain functions.
import { createTRPCClient, type TRPCClient } from "@trpc/client";
import { CallError } from "../call/error.ts";
import type { StoredEvent } from "../call/event.ts";
import type { AppRouter } from "../router/app.ts";
import { Connection } from "./connection.ts";
import { daemonControl, order } from "./daemon-control.ts";
import { greeter } from "./greeting.ts";
import { orderLink } from "./link.ts";
import { locate } from "./locate.ts";
import type { Calls, ConnectOptions, FollowOptions, MockLine, AnswerTurn, VoiceCall } from "./voice-call.ts";

/**
 * Finds the daemon of this user, or starts one.
 * @throws CallError `DAEMON_UNREACHABLE` with the reason and the last lines of the daemon's log, `VERSION_MISMATCH`, …
 */
export async function connect(options: ConnectOptions = {}): Promise<VoiceCall> {
  const { autoStart = true, signal, onNotice, packageRoot } = options;
  const places = await locate(options);
  const greet = greeter({ ...options, ...places });
  const connection = await Connection.open(
    { ...places, autoStart, greet, packageRoot, ...(onNotice !== undefined && { onNotice }) },
    signal,
  );
  if (options.configFile !== undefined) refuseOther(connection.record.configFile, places.configFile);
  const client = createTRPCClient<AppRouter>({ links: [orderLink(connection)] });
  return {
    get daemon() {
      const { pid, url, version, protocol, startedAt } = connection.record;
      return { pid, url, version, protocol, startedAt, stateDir: places.stateDir };
    },
    calls: callsOf(client),
    events: { follow: (query = {}) => followLog(connection, query) },
    turns: { answer: (handler, how = {}) => answerCallers(connection, client, { handler, ...how }) },
    pairing: {
      list: () => order(client.pairing.list.query()),
      settle: (code, { allow = true } = {}) => order(client.pairing.settle.mutate({ code, allow })),
    },
    tunnel: {
      status: () => order(client.tunnel.status.query()),
      open: (wanted) => order(client.tunnel.open.mutate(wanted)),
      close: () => order(client.tunnel.close.mutate()),
    },
    mock: mockOf(client),
    system: daemonControl(client, places.configFile),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** A configuration asked for by name must be the one that calls go by: another one may dial for real. */
function refuseOther(running: string | undefined, asked: string): void {
  if (running === undefined || running === asked) return;
  throw new CallError("CONFIG_INVALID", `the daemon that runs goes by ${running}, not by ${asked}`, {
    hint: "stop it first (`voicecall daemon stop`), or give the other one a `store` of its own",
  });
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
    answer: (query, options) => order(calls.answer.query(query, options)),
    sendDigits: (command) => order(calls.sendDigits.mutate(command)),
    hangUp: (callId) => order(calls.hangUp.mutate({ callId })),
  };
}

function mockOf({ mock }: Client): MockLine {
  return {
    inbound: (call) => order(mock.inbound.mutate(call)),
    say: (callId, text) => order(mock.say.mutate({ callId, text })),
    sayAudio: (callId, file, { text } = {}) => order(mock.sayAudio.mutate({ callId, file, text })),
    digits: (callId, digits) => order(mock.digits.mutate({ callId, digits })),
    hangUp: (callId) => order(mock.hangUp.mutate({ callId })),
  };
}

/** The WebSocket is loaded only by those who follow. */
async function* followLog(
  { options, closing }: Connection,
  { signal, ...query }: FollowOptions,
): AsyncGenerator<StoredEvent> {
  const { follow } = await import("./follow.ts");
  yield* follow(options, query, signal === undefined ? closing : AbortSignal.any([signal, closing]));
}

interface AnswerOptions {
  handler: AnswerTurn;
  responder?: string;
  signal?: AbortSignal;
}

async function answerCallers(
  { options, closing }: Connection,
  { turns }: Client,
  { handler, responder, signal }: AnswerOptions,
): Promise<void> {
  const { answerTurns } = await import("./answer.ts");
  const orders = {
    claim: (turn: Parameters<typeof turns.claim.mutate>[0]) => order(turns.claim.mutate(turn)),
    reply: (piece: Parameters<typeof turns.reply.mutate>[0]) => order(turns.reply.mutate(piece)),
    fail: (turn: Parameters<typeof turns.fail.mutate>[0]) => order(turns.fail.mutate(turn)),
  };
  const until = signal === undefined ? closing : AbortSignal.any([signal, closing]);
  await answerTurns(handler, { options, orders, responder: responder ?? newRequestId(), signal: until });
}

/** By which a repeated order is recognised; it need not be secret. */
function newRequestId(): string {
  const random = (): string => Math.random().toString(36).slice(2);
  return `${Date.now().toString(36)}-${random()}${random()}`;
}
