// The configuration in force: read at start, read again when its file has changed.
import { statSync } from "node:fs";
import type { Problem } from "../router/context.ts";
import { type ConfigResult, loadConfig } from "./config/load.ts";
import type { Log } from "./deps.ts";

const noFile = "none";

export interface LiveConfigOptions {
  file: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
}

export class LiveConfig {
  readonly #options: LiveConfigOptions;
  #current: ConfigResult;
  #stamp: string;

  constructor(options: LiveConfigOptions) {
    this.#options = options;
    this.#stamp = this.#fileStamp();
    this.#current = this.#read();
  }

  get current(): ConfigResult {
    return this.#current;
  }

  get problems(): Problem[] {
    return this.#current.ok ? [] : this.#current.problems;
  }

  /** Reads the file again if it has changed since; true when it had. */
  refresh(): boolean {
    const stamp = this.#fileStamp();
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    this.#current = this.#read();
    return true;
  }

  #read(): ConfigResult {
    const { file, env, log } = this.#options;
    const result = loadConfig({ env, ...(file !== undefined && { file }) });
    for (const notice of result.notices) log.warn({}, notice);
    if (!result.ok) for (const problem of result.problems) log.error({ code: problem.code }, problem.message);
    // Without a file nobody can be reached from outside: whoever plays with the mock may also call in.
    return result.ok && this.#stamp === noFile
      ? { ...result, config: { ...result.config, inboundPolicy: "open" } }
      : result;
  }

  #fileStamp(): string {
    const { file } = this.#options;
    const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? noFile : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
  }
}
