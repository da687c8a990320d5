// The configuration in force: the file's, read again when it has changed, or the one that the Gateway handed over.
import { statSync } from "node:fs";
import type { HandedOver, Problem } from "../router/context.ts";
import { type ConfigResult, loadConfig, loadHandedOver } from "./config/load.ts";
import { otherStore } from "./config/other-store.ts";
import type { Clock, Log } from "./deps.ts";
import { gatewayMark, isMarked, mark } from "./gateway-mark.ts";

const noFile = "none";
/** How long the first orders of a daemon wait for a Gateway that is expected; a follower of its finds us within 2 s. */
const gatewayWithinMs = 3000;

export interface LiveConfigOptions {
  file: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  stateDir: string;
  clock: Clock;
  log: Log;
}

export class LiveConfig {
  readonly #options: LiveConfigOptions;
  readonly #decided = Promise.withResolvers<void>();
  #current: ConfigResult;
  #stamp: string;
  #source: "file" | "gateway" = "file";
  #file: string | undefined;
  #store: string | undefined;
  /** The daemon before us had the Gateway's configuration, and we do not yet. */
  #isGatewayMissing: boolean;

  constructor(options: LiveConfigOptions) {
    const { file, stateDir, clock } = options;
    this.#options = options;
    this.#file = file;
    this.#stamp = this.#fileStamp();
    this.#current = this.#read();
    this.#isGatewayMissing = isMarked(stateDir);
    if (this.#isGatewayMissing) clock.after(gatewayWithinMs, () => this.#decided.resolve());
    else this.#decided.resolve();
  }

  get current(): ConfigResult {
    return this.#current;
  }

  get source(): "file" | "gateway" {
    return this.#source;
  }

  /** The one that the configuration in force stands in. */
  get file(): string | undefined {
    return this.#file;
  }

  /** Settles when it is known whose configuration calls go by: at once, or when an expected Gateway has come or been waited for. */
  get decided(): Promise<void> {
    return this.#decided.promise;
  }

  get problems(): Problem[] {
    return this.#current.ok ? [] : this.#current.problems;
  }

  /** What a person should know although calls may work. */
  get doubts(): Problem[] {
    const { stateDir } = this.#options;
    return [
      ...(this.#isGatewayMissing ? [gatewayMissing(this.#file, stateDir)] : []),
      ...(this.#source === "gateway" ? otherStore(this.#store, stateDir) : []),
    ];
  }

  /** Reads the file again if it has changed since; true when it had. Not while the Gateway's configuration is in force. */
  refresh(): boolean {
    if (this.#source === "gateway") return false;
    const stamp = this.#fileStamp();
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    this.#current = this.#read();
    return true;
  }

  /** From now on nothing else counts, until another one comes or the daemon ends; right or wrong, as with a file. */
  async handOver({ configFile, ...handedOver }: HandedOver): Promise<void> {
    const { env, stateDir, clock, log } = this.#options;
    const { config } = handedOver;
    this.#current = loadHandedOver(handedOver, env);
    this.#source = "gateway";
    this.#file = configFile ?? this.#file;
    this.#store = typeof config["store"] === "string" ? config["store"] : undefined;
    this.#isGatewayMissing = false;
    this.#decided.resolve();
    this.#tell();
    await mark(stateDir, clock.now()).catch((error: unknown) =>
      log.warn({ error: String(error) }, "that the Gateway is the source of the configuration could not be remembered"),
    );
  }

  #read(): ConfigResult {
    const { file, env } = this.#options;
    const result = loadConfig({ env, ...(file !== undefined && { file }) });
    // Without a file nobody can be reached from outside: whoever plays with the mock may also call in.
    this.#current =
      result.ok && this.#stamp === noFile ? { ...result, config: { ...result.config, inboundPolicy: "open" } } : result;
    this.#tell();
    return this.#current;
  }

  #tell(): void {
    const { log } = this.#options;
    for (const notice of this.#current.notices) log.warn({}, notice);
    for (const { code, message } of this.problems) log.error({ code }, message);
  }

  #fileStamp(): string {
    const { file } = this.#options;
    const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? noFile : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
  }
}

function gatewayMissing(file: string | undefined, stateDir: string): Problem {
  return {
    code: "GATEWAY_MISSING",
    message: `the Gateway has not handed over its configuration, so calls go by ${file ?? "the defaults"}`,
    hint: `start the Gateway, which hands it over by itself; if it no longer has this plugin, remove ${gatewayMark(stateDir)}`,
  };
}
