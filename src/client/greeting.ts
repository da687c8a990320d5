// The first words to each daemon that a client comes to speak to, before anything else is asked of it.
import { createTRPCClient } from "@trpc/client";
import { CallError } from "../call/error.ts";
import type { DaemonRecord } from "../call/protocol.ts";
import type { AppRouter } from "../router/app.ts";
import { daemonControl } from "./daemon-control.ts";
import { orderLink } from "./link.ts";
import type { ConnectOptions, DaemonControl } from "./voice-call.ts";

/** Settles when they were said, whatever became of them. */
export type Greet = (record: DaemonRecord) => Promise<void>;

const withinMs = 10_000;

export interface GreetingOptions extends Pick<ConnectOptions, "onDaemon" | "onNotice"> {
  configFile: string;
}

/** Once for each daemon, however many ask at the same time; undefined when there is nothing to say. */
export function greeter({ onDaemon, onNotice, configFile }: GreetingOptions): Greet | undefined {
  if (onDaemon === undefined) return undefined;
  let last: { token: string; said: Promise<void> } | undefined;
  return (record) => {
    if (last?.token !== record.token) {
      const said = bounded(async () => onDaemon(controlOf(record, configFile))).catch((error: unknown) =>
        onNotice?.(`the daemon was not told what it should know: ${textOf(error)}`),
      );
      last = { token: record.token, said };
    }
    return last.said;
  };
}

/** Of this one daemon: an order that does not reach it is not taken to another. */
function controlOf(record: DaemonRecord, configFile: string): DaemonControl {
  const gone = (): never => {
    throw new CallError("DAEMON_UNREACHABLE", "the daemon went away at once");
  };
  const route = { record, closing: AbortSignal.timeout(withinMs), reread: gone, renew: gone };
  return daemonControl(createTRPCClient<AppRouter>({ links: [orderLink(route)] }), configFile);
}

async function bounded(work: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it took longer than ${withinMs} ms`)), withinMs);
  try {
    await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
