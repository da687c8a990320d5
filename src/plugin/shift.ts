// One shift of the service, from a start to its stop: holds the daemon, hands it the configuration, answers callers, tells of calls.
import { setTimeout as sleep } from "node:timers/promises";
import { CallError } from "../call/error.ts";
import { connect } from "../client/connect.ts";
import type { ConnectOptions, DaemonControl, VoiceCall } from "../client/index.ts";
import { answerCallers } from "./agent/index.ts";
import { handedOver, sectionOf, stateDirOf } from "./config-section.ts";
import type { HostApi, ServiceContext } from "./host.ts";
import { type PluginLog, lineOf, withHint } from "./log.ts";
import { tellOfCalls } from "./notes/index.ts";

const firstWaitMs = 1000;
const longestWaitMs = 30_000;
const leaveWithinMs = 500;

export interface ShiftOptions {
  api: HostApi;
  context: ServiceContext;
  log: PluginLog;
}

export class Shift implements AsyncDisposable {
  readonly #options: ShiftOptions;
  readonly #section: Record<string, unknown>;
  readonly #leaving = new AbortController();
  readonly #reached = Promise.withResolvers<void>();
  readonly #over: Promise<void>;
  #isConfigured = false;
  /** Ends what is being done with a daemon, so that it is begun anew. */
  #serving: AbortController | undefined;
  #told = "";

  constructor(options: ShiftOptions) {
    this.#options = options;
    this.#section = sectionOf(options.context.config);
    this.#over = this.#work();
  }

  /** Whether the daemon is there, and was handed the configuration. */
  get isServing(): boolean {
    return this.#serving !== undefined && this.#isConfigured;
  }

  /** Settles when the daemon was reached, or could not be at the first try. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  /** The daemon and its calls are left alone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    this.#reached.resolve();
    await Promise.race([this.#over, sleep(leaveWithinMs, undefined, { ref: false })]);
  }

  /** Calls may come in without anybody ordering anything: a daemon that could not be reached is tried again until the stop. */
  async #work(): Promise<void> {
    await this.#again(this.#leaving.signal, async () => {
      try {
        await this.#serve();
      } finally {
        this.#reached.resolve();
      }
    });
  }

  async #again(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      try {
        await work();
      } catch (error) {
        if (!signal.aborted) this.#fail(error);
      }
      await sleep(waitMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }

  async #serve(): Promise<void> {
    const { api: host, context, log } = this.#options;
    await using voice = await this.#connect();
    if (voice === undefined) return this.#leaving.abort();
    if (!this.#isConfigured) throw new CallError("DAEMON_UNREACHABLE", "the daemon did not take the configuration");
    const ending = new AbortController();
    this.#serving = ending;
    this.#reached.resolve();
    const signal = AbortSignal.any([this.#leaving.signal, ending.signal]);
    const emit = (event: string, payload: unknown): void =>
      context.gatewayEvents?.emit(event, payload, { scope: "operator.read" });
    try {
      await Promise.all([
        answerCallers({ host, voice, config: () => this.#section, log, signal }),
        // Nobody waits on the line for a note: whatever keeps it from being written leaves the callers their answers.
        this.#again(signal, () => tellOfCalls({ host, voice, emit, log, signal })),
      ]);
    } finally {
      this.#serving = undefined;
      ending.abort();
    }
  }

  /** Undefined when voice is switched off and no daemon is there to be told so. */
  async #connect(): Promise<VoiceCall | undefined> {
    const { api, context, log } = this.#options;
    const options: ConnectOptions = {
      stateDir: stateDirOf(this.#section, context.stateDir),
      autoStart: !this.#isOff,
      signal: this.#leaving.signal,
      onNotice: (line) => log.warn(line),
      onDaemon: (daemon) => this.#configure(daemon),
      ...(api.rootDir !== undefined && { packageRoot: api.rootDir }),
    };
    try {
      return await connect(options);
    } catch (error) {
      if (this.#isOff && error instanceof CallError && error.code === "DAEMON_UNREACHABLE") return undefined;
      throw error;
    }
  }

  async #configure(daemon: DaemonControl): Promise<void> {
    // A shift that is over must not take back what the next one has handed over.
    if (this.#leaving.signal.aborted) return;
    this.#isConfigured = false;
    const { problems } = await daemon.configure(handedOver(this.#options.context.config)).catch((error: unknown) => {
      this.#serving?.abort();
      throw error;
    });
    this.#isConfigured = true;
    if (problems.length > 0) this.#fail(new CallError("CONFIG_INVALID", problems.map(withHint).join("; ")));
    else this.#recover();
  }

  get #isOff(): boolean {
    return this.#section["enabled"] === false;
  }

  /** Once for one reason, however often it is met. */
  #fail(error: unknown): void {
    const { context, log } = this.#options;
    const line = lineOf(error);
    if (line === this.#told) return;
    this.#told = line;
    log.error(line);
    context.serviceHealth?.reportFailure(new Error(`voice-call: ${line}`));
  }

  #recover(): void {
    this.#told = "";
    this.#options.context.serviceHealth?.clearFailure();
  }
}
