// The daemon as a service, and what can be done with one.
import type { CliContext } from "./context.ts";

/** The daemon as a service of this user. */
export interface Service {
  environment: Readonly<Record<string, string>>;
  home: string;
  env: CliContext["env"];
  run: Run;
}

/** Runs a program; what it printed on stdout, or a thrown error that names the program and its complaint. */
export type Run = (program: string, ...args: string[]) => Promise<string>;

export interface Installer {
  /** The one file that is written. */
  file: string;
  /** `command`: the daemon in the foreground; absolute paths. */
  install(command: readonly string[]): Promise<void>;
  uninstall(): Promise<void>;
  /** What a person should know afterwards. */
  advice: string;
}
