// A real daemon from dist/ in a sandbox, started as a client would start it.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { daemonCommand } from "../../src/client/daemon-command.ts";
import { type CarrierName, accounts, ownNumber, publicUrl } from "../load/accounts.ts";
import { type Sandbox, firstLine, root, stop } from "./sandbox.ts";

export interface Daemon {
  pid: number;
  /** Of the control listener. */
  url: string;
  /** Asks for an orderly end and waits for it; `SIGKILL` does not ask. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Place {
  stateDir: string;
  configFile: string;
}

/** Directories and a configuration file for one daemon. */
export function preparePlace(sandbox: Sandbox, name: string, config: Record<string, unknown>): Place {
  const place = { stateDir: join(sandbox.dir, name, "state"), configFile: join(sandbox.dir, name, "openclaw.json") };
  mkdirSync(place.stateDir, { recursive: true });
  const file = { plugins: { entries: { "voice-call": { config: { ...config, store: place.stateDir } } } } };
  writeFileSync(place.configFile, JSON.stringify(file));
  return place;
}

/** A carrier behind a loopback address; calls from anywhere are let in and finished ones are kept. */
export function carrierConfig(
  carrier: CarrierName,
  ports: { webhooks: number; rest: string },
): Record<string, unknown> {
  return {
    provider: carrier,
    fromNumber: ownNumber,
    publicUrl,
    [carrier]: { ...accounts[carrier], baseUrl: ports.rest },
    serve: { port: ports.webhooks },
    inboundPolicy: "open",
    maxConcurrentCalls: 1000,
    retention: { days: 365, calls: 1_000_000 },
  };
}

export interface DaemonOptions {
  nodeOptions?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

export async function startDaemon(
  sandbox: Sandbox,
  place: Place,
  { nodeOptions = [], env = {} }: DaemonOptions = {},
): Promise<Daemon> {
  const args = [...nodeOptions, ...daemonCommand({ ...place, entry: join(root, "dist", "daemon.js") }), "--stay"];
  const child = sandbox.node(args, { core: 0, stdio: ["ignore", "ignore", "inherit", "pipe"], env });
  const report = JSON.parse(await firstLine(child, 3)) as { ready?: { pid: number; url: string }; failed?: unknown };
  if (report.ready === undefined) throw new Error(`the daemon did not start: ${JSON.stringify(report)}`);
  return { ...report.ready, stop: (signal) => stop(child, signal) };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port to be had");
  return address.port;
}
