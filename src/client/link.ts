// tRPC's last link: orders over plain HTTP, repeated when that is safe and the daemon was replaced meanwhile.
import { type Operation, TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { Agent } from "node:http";
import { CallError } from "../call/error.ts";
import type { DaemonRecord } from "../call/protocol.ts";
import type { AppRouter } from "../router/app.ts";
import { givenUp } from "./errors.ts";
import { exchange, type Outcome } from "./exchange.ts";
import { field } from "./field.ts";

/** Where orders go, and where to when that daemon is gone. */
export interface Route {
  readonly record: DaemonRecord;
  readonly agent?: Agent;
  readonly closing: AbortSignal;
  /** For a token that was refused. */
  reread(stale: DaemonRecord): Promise<DaemonRecord>;
  /** For a daemon that could not be reached. */
  renew(stale: DaemonRecord, how: { patient: boolean }): Promise<DaemonRecord>;
}

const mostTries = 5;

export function orderLink(route: Route): TRPCLink<AppRouter> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        deliver(op, route).then(
          (data) => {
            observer.next({ result: { type: "data", data } });
            observer.complete();
          },
          (error: unknown) => observer.error(TRPCClientError.from(asError(error))),
        );
      });
}

async function deliver(op: Operation, route: Route): Promise<unknown> {
  let { record } = route;
  for (let tries = 1; ; tries++) {
    const outcome = await send(op, route, record);
    if (outcome.kind === "answered") {
      const reply = parse(outcome.body);
      // What the router says of its own accord is JSON; the guard before it speaks plain text.
      if (reply !== undefined || outcome.status !== 401) return dataOf(reply, outcome.status);
      record = await route.reread(record);
    } else {
      if (route.closing.aborted) throw givenUp();
      const isLost = outcome.kind === "lost";
      if (tries === mostTries || (isLost && !isRepeatable(op))) throw lost();
      record = await route.renew(record, { patient: isLost && op.type === "mutation" });
    }
  }
}

function send({ type, path, input, signal }: Operation, { agent }: Route, record: DaemonRecord): Promise<Outcome> {
  return exchange(record, { type: type === "query" ? "query" : "mutation", path, input, signal, agent });
}

/** An order that may already have been carried out is repeated only if a second one changes nothing. */
function isRepeatable({ type, input }: Operation): boolean {
  return type === "query" || typeof field(input, "requestId") === "string";
}

function dataOf(reply: unknown, status: number): unknown {
  const result = field(reply, "result");
  if (result !== undefined) return field(result, "data");
  if (field(reply, "error") !== undefined) throw TRPCClientError.from(asError(reply));
  if (status === 413) throw new CallError("INVALID_INPUT", "the order is larger than a daemon takes (256 KB)");
  throw new CallError("DAEMON_UNREACHABLE", `what answers at the daemon's address is not our daemon (HTTP ${status})`);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function lost(): CallError {
  return new CallError(
    "DAEMON_UNREACHABLE",
    "the connection to the daemon was lost; the order may or may not have been carried out",
    {
      hint: "`voicecall status` shows what happened",
    },
  );
}

function asError(error: unknown): object {
  return typeof error === "object" && error !== null ? error : new Error(String(error));
}
