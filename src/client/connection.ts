// Which daemon the orders of one client go to: found, started, agreed with, and found again when it was replaced.
import type { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { CallError } from "../call/error.ts";
import { type DaemonRecord, protocolVersion } from "../call/protocol.ts";
import { version } from "../call/version.ts";
import { exchange } from "./exchange.ts";
import { findDaemon, likelyDaemon } from "./find.ts";
import type { Greet } from "./greeting.ts";
import type { Places } from "./locate.ts";
import { readRecord } from "./record.ts";

export interface ConnectionOptions extends Places {
  /** Start a daemon when there is none. */
  autoStart: boolean;
  onNotice?: (line: string) => void;
  /** Said to each daemon before anything else. */
  greet?: Greet | undefined;
  /** The daemon's program; a private copy of the package's when absent. */
  entry?: string;
  /** The installed package; the one that this code belongs to when absent. */
  packageRoot?: string | undefined;
}

const comeBackWithinMs = 5000;
const lookEveryMs = 100;

export class Connection implements AsyncDisposable {
  readonly options: ConnectionOptions;
  readonly agent: Agent;
  #record: DaemonRecord;
  #renewing: Promise<DaemonRecord> | undefined;
  readonly #closing = new AbortController();

  private constructor(options: ConnectionOptions, record: DaemonRecord) {
    this.options = options;
    this.#record = record;
    this.agent = new (process.getBuiltinModule("node:http").Agent)({ keepAlive: true });
  }

  /** @throws CallError `DAEMON_UNREACHABLE`, `VERSION_MISMATCH`, or why a daemon could not be started. */
  static async open(options: ConnectionOptions, signal?: AbortSignal): Promise<Connection> {
    const record = likelyDaemon(options.stateDir) ?? (await startOrRefuse(options, signal));
    return new Connection(options, await greeted(options, await agree(options, record, signal)));
  }

  get record(): DaemonRecord {
    return this.#record;
  }

  /** Aborted when the client is disposed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** For a token that was refused: the daemon that took over, if its record says so. */
  reread(stale: DaemonRecord): Promise<DaemonRecord> {
    const record = this.#record === stale ? readRecord(this.options.stateDir) : this.#record;
    if (record === undefined || record.token === stale.token) {
      throw new CallError("UNAUTHORIZED", "the daemon does not accept our token", {
        hint: "run `voicecall daemon status`",
      });
    }
    this.#record = record;
    return greeted(this.options, record);
  }

  /** For a daemon that could not be reached: the one that took over, or a new one. Several orders share one search. */
  renew(stale: DaemonRecord, { patient }: { patient: boolean }): Promise<DaemonRecord> {
    if (this.#record !== stale) return Promise.resolve(this.#record);
    this.#renewing ??= this.#find(patient).finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.agent.destroy();
    return Promise.resolve();
  }

  async #find(patient: boolean): Promise<DaemonRecord> {
    const { options } = this;
    const found = await (patient && !options.autoStart ? comingBack(options.stateDir) : findDaemon(options.stateDir));
    const { closing } = this;
    const record = await agree(options, found ?? (await startOrRefuse(options, closing)), closing);
    this.#record = await greeted(options, record);
    return this.#record;
  }
}

async function greeted({ greet }: ConnectionOptions, record: DaemonRecord): Promise<DaemonRecord> {
  await greet?.(record);
  return record;
}

async function startOrRefuse(options: ConnectionOptions, signal: AbortSignal | undefined): Promise<DaemonRecord> {
  if (options.autoStart) {
    const { startDaemon } = await import("./start-daemon.ts");
    return startDaemon({ ...options, signal });
  }
  throw new CallError("DAEMON_UNREACHABLE", `no daemon runs on ${options.stateDir}`, {
    hint: "run `voicecall daemon start`",
  });
}

async function comingBack(stateDir: string): Promise<DaemonRecord | undefined> {
  for (const deadline = Date.now() + comeBackWithinMs; ; await sleep(lookEveryMs)) {
    const record = await findDaemon(stateDir);
    if (record !== undefined || Date.now() >= deadline) return record;
  }
}

/** Same protocol: works. Another one: an idle daemon makes room for ours, one with live calls is left alone. */
async function agree(options: ConnectionOptions, record: DaemonRecord, signal?: AbortSignal): Promise<DaemonRecord> {
  if (record.protocol === protocolVersion) {
    if (record.version !== version) {
      options.onNotice?.(
        `the daemon is version ${record.version}, this is ${version}; \`voicecall daemon stop\` lets the next command start this one`,
      );
    }
    return record;
  }
  if (!options.autoStart || !(await stopped(options.stateDir, record))) throw mismatch(record);
  return startOrRefuse(options, signal);
}

async function stopped(stateDir: string, record: DaemonRecord): Promise<boolean> {
  const reply = await exchange(record, { type: "mutation", path: "system.shutdown", input: { force: false } });
  if (reply.kind === "answered" && reply.status !== 200) return false;
  for (const deadline = Date.now() + comeBackWithinMs; Date.now() < deadline; await sleep(lookEveryMs)) {
    if (likelyDaemon(stateDir)?.token !== record.token) return true;
  }
  return false;
}

function mismatch({ version: theirs, protocol }: DaemonRecord): CallError {
  return new CallError(
    "VERSION_MISMATCH",
    `the daemon (version ${theirs}) speaks protocol ${protocol}, this client (version ${version}) ${protocolVersion}`,
    {
      hint: "run `voicecall daemon stop --drain`, then the command again",
    },
  );
}
