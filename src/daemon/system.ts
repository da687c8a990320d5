// The router's port on the daemon itself: health, configuration, stopping.
import { CallError } from "../call/error.ts";
import { protocolVersion } from "../call/protocol.ts";
import { version } from "../call/version.ts";
import type { Check, Health, Latency, Problem, System } from "../router/context.ts";
import { latencyOf } from "./calls/latency.ts";
import { runChecks } from "./checks/checks.ts";
import type { Clock } from "./deps.ts";
import type { Config } from "./config/schema.ts";
import { redactConfig } from "./config/redact.ts";
import type { LiveConfig } from "./live-config.ts";
import type { OpenCalls } from "./open-calls.ts";
import type { CountedFeed } from "./store/feed.ts";
import type { SqliteStore } from "./store/sqlite-store.ts";

export interface SystemPorts {
  clock: Clock;
  store: SqliteStore;
  config: LiveConfig;
  calls: OpenCalls;
  feed: CountedFeed;
  stateDir: string;
  /** Begins the end of the process, after the running reply. */
  stop(): void;
}

const hangUpWithinMs = 5000;

export class DaemonSystem implements System {
  readonly #ports: SystemPorts;
  readonly #startedAt: number;
  #draining = false;

  constructor(ports: SystemPorts) {
    this.#ports = ports;
    this.#startedAt = ports.clock.now();
  }

  get draining(): boolean {
    return this.#draining;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  health(): Health {
    const { store, calls, feed, stateDir, config } = this.#ports;
    const webhook = this.#webhook();
    return {
      pid: process.pid,
      version,
      protocol: protocolVersion,
      startedAt: this.#startedAt,
      carrier: this.#config?.provider ?? "none",
      liveCalls: calls.registry.liveCalls,
      ...(this.#config?.streaming.enabled === true && { liveAudio: this.#liveAudio() }),
      followers: feed.followers(),
      draining: this.#draining,
      lastSeq: store.lastSeq(),
      stateDir,
      ...(config.file !== undefined && { configFile: config.file }),
      configSource: config.source,
      ...(webhook !== undefined && { webhook }),
      problems: this.#problems(),
      memoryRssBytes: process.memoryUsage.rss(),
    };
  }

  config(): Record<string, unknown> {
    return redactConfig(this.#ports.config.current);
  }

  reload(): ReturnType<System["reload"]> {
    return this.#ports.calls.reload();
  }

  configure(order: Parameters<System["configure"]>[0]): ReturnType<System["configure"]> {
    return this.#ports.calls.configure(order);
  }

  get #config(): Config | undefined {
    const { current } = this.#ports.config;
    return current.ok ? current.config : undefined;
  }

  #webhook(): Health["webhook"] {
    const { frontDoor, address } = this.#ports.calls;
    const { listening } = frontDoor;
    const publicUrl = address.known;
    return listening === undefined ? undefined : { listening, ...(publicUrl !== undefined && { publicUrl }) };
  }

  #liveAudio(): NonNullable<Health["liveAudio"]> {
    const { streaming, speech } = this.#ports.calls;
    return { streamingCalls: streaming(), voices: [...speech.voices], recognisers: speech.recognisers };
  }

  #problems(): Problem[] {
    const { store, config, calls } = this.#ports;
    return [
      ...store.problems,
      ...config.problems,
      ...config.doubts,
      ...calls.carriers.problems,
      ...calls.frontDoor.problems,
      ...calls.address.problems,
      ...calls.speech.problems,
      ...unsafe(this.#config),
    ];
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    await this.#ports.calls.registry.empty(signal);
    if (signal.aborted) throw new CallError("ABORTED", "the waiting was given up; the daemon takes calls again");
  }

  async shutdown({ force }: { force: boolean }): Promise<void> {
    const open = this.#ports.calls.registry.actors();
    if (open.length > 0 && !force) {
      throw new CallError("LIVE_CALLS", `${open.length} ${open.length === 1 ? "call is" : "calls are"} live`, {
        hint: "`--drain` waits until they are over, `--force` hangs them up",
      });
    }
    this.#draining = true;
    if (open.length > 0) await this.#hangUpAll(open.map(({ callId }) => callId));
    this.#ports.stop();
  }

  latency({ last }: { last: number }): Latency {
    return latencyOf(this.#ports.store, last);
  }

  check(signal: AbortSignal): Promise<Check[]> {
    return runChecks({ ...this.#ports, storeProblems: this.#ports.store.problems }, signal);
  }

  /** Within bounds: the carrier's own time limit ends what cannot be reached. */
  async #hangUpAll(callIds: string[]): Promise<void> {
    const late = new AbortController();
    const cancel = this.#ports.clock.after(hangUpWithinMs, () => late.abort());
    await Promise.race([
      Promise.allSettled(callIds.map((callId) => this.#ports.calls.service.hangUp({ callId }))),
      aborted(late.signal),
    ]);
    await this.#ports.calls.registry.empty(late.signal);
    cancel();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function unsafe(config: Config | undefined): Problem[] {
  if (config?.skipSignatureVerification !== true) return [];
  return [
    {
      code: "UNVERIFIED_WEBHOOKS",
      message: "webhook signatures are not checked",
      hint: "remove `skipSignatureVerification` when the test is over",
    },
  ];
}
