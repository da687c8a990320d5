// The composition root: what a daemon is made of, in the order in which it comes up; it goes down in reverse.
import { join } from "node:path";
import { protocolVersion } from "../call/protocol.ts";
import { version } from "../call/version.ts";
import type { Config } from "./config/schema.ts";
import { startControlListener } from "./control/listener.ts";
import { type Deps, type Log, newId, systemClock } from "./deps.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { IdleWatch } from "./idle.ts";
import { LiveConfig } from "./live-config.ts";
import { openLog } from "./log.ts";
import { createMockLine } from "./mock-line.ts";
import { openCalls, type OpenCalls } from "./open-calls.ts";
import { Pairings } from "./pairing/pairings.ts";
import { keepRecord, newToken } from "./record.ts";
import { hears, ownNumber } from "./settings-of.ts";
import type { SpeechFiles } from "./speech-set.ts";
import { createFeed } from "./store/feed.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";
import { DaemonSystem } from "./system.ts";

export interface DaemonOptions {
  stateDir: string;
  configFile?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Script of the thread that makes the store's checkpoints. */
  checkpointWorker: URL;
  speechFiles: SpeechFiles;
  /** Never ends for idleness: somebody else looks after its lifetime. */
  stay: boolean;
}

export interface Daemon {
  /** Of the control listener. */
  url: string;
  /** Begins an orderly stop; live calls stay up at their carrier and are taken over by the next start. */
  stop(): void;
  /** Settles when everything is closed. */
  stopped: Promise<void>;
}

/** @throws CallError `STORE_FAILED`; a wrong configuration or a taken webhook port is reported by `health` instead. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { stateDir, configFile, stay, speechFiles } = options;
  await using starting = new AsyncDisposableStack();
  const ending = Promise.withResolvers<void>();

  const { log } = starting.use(openLog(stateDir));
  surviveDefects(log);
  const deps: Deps = { clock: systemClock, log, newId };
  const { clock } = deps;
  const store = starting.use(openSqliteStore({ ...options, file: join(stateDir, "calls.sqlite"), clock, log }));
  const config = new LiveConfig({ file: configFile, env: options.env, stateDir, clock, log });
  const feed = createFeed(store, clock);
  const pairing = new Pairings({ stateDir, clock, log });
  const draining = () => system.draining;
  const calls = starting.use(
    await openCalls({ deps, store, feed, config, stateDir, speechFiles, pairings: pairing, draining }),
  );
  const current = () => (config.current.ok ? config.current.config : undefined);
  const stop = (): void => ending.resolve();
  const parts = { clock, store, config, calls, feed };
  const system = new DaemonSystem({ ...parts, stateDir, stop: () => setImmediate(stop) });
  const mock = createMockLine({
    ...calls,
    store,
    clock,
    ownNumber: () => ownNumber(current()),
    hears: () => hears(current()),
  });
  const idleExitMs = () => (stay ? 0 : (current()?.daemon.idleExitMinutes ?? 30) * 60_000);
  const busy = () => feed.followers() + control.pending() > 0 || isNeeded(calls, current());
  const idle = starting.use(new IdleWatch({ clock, stop, idleExitMs, busy }));
  const retention = () => current()?.retention ?? { days: 90, calls: 10_000 };
  starting.use(startHousekeeping({ clock, log, store, retention }));
  const token = newToken();
  const control = starting.use(
    await startControlListener({
      ports: { calls: calls.service, feed, turns: calls.turns, pairing, tunnels: calls.address, mock, system },
      token,
      log,
      clock,
      onRequest: () => idle.touch(),
    }),
  );
  const known = { pid: process.pid, url: control.url, token, version, protocol: protocolVersion };
  const record = () => ({ ...known, startedAt: system.startedAt, ...withFile(config.file) });
  starting.use(await keepRecord({ stateDir, clock, record }));
  log.info({ version, stateDir, url: control.url }, "ready");

  const running = starting.move();
  return {
    url: control.url,
    stop,
    stopped: ending.promise.then(() => running.disposeAsync()),
  };
}

function withFile(configFile: string | undefined): { configFile?: string } {
  return configFile === undefined ? {} : { configFile };
}

/** A rejected promise or a stray error of a carrier, tunnel or socket is logged and must not end anybody's call. */
function surviveDefects(log: Log): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) =>
      log.error({ event, error: error instanceof Error ? error.stack : String(error) }, "a defect was survived"),
    );
  }
}

/** Calls are live, or callers may ring at any time, or find their way through an open tunnel. */
function isNeeded({ registry, address }: OpenCalls, config: Config | undefined): boolean {
  if (registry.actors().length > 0 || address.isOpen) return true;
  return config !== undefined && config.provider !== "mock" && config.inboundPolicy !== "disabled";
}
