// Orders on the daemon itself, over whichever way they are sent.
import type { TRPCClient } from "@trpc/client";
import type { AppRouter } from "../router/app.ts";
import { callErrorFrom } from "./errors.ts";
import type { DaemonControl } from "./voice-call.ts";

/** `configFile`: where a section that is handed over was resolved from. */
export function daemonControl({ system }: TRPCClient<AppRouter>, configFile: string): DaemonControl {
  return {
    health: () => order(system.health.query()),
    config: () => order(system.config.query()),
    reload: () => order(system.reload.mutate()),
    configure: (handedOver) => order(system.configure.mutate({ ...handedOver, configFile })),
    drain: (options) => order(system.drain.mutate(undefined, options)),
    shutdown: (options) => order(system.shutdown.mutate(options)),
    check: (options) => order(system.check.query(undefined, options)),
    latency: (options) => order(system.latency.query(options)),
  };
}

export async function order<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw callErrorFrom(error);
  }
}
