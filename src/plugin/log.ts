// Where the plugin's parts write their log: one line a message, told by the host, with our name before it.
import { inOpenClaw } from "../call/command-name.ts";
import { CallError } from "../call/error.ts";

export interface PluginLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** A host that has retired this instance takes no more lines; that must never hurt a call. */
export function prefixedLog(host: PluginLog): PluginLog {
  const writer =
    (level: keyof PluginLog) =>
    (message: string): void => {
      try {
        host[level](`voice-call: ${inOpenClaw(message)}`);
      } catch {
        // Nobody is left to tell.
      }
    };
  return { info: writer("info"), warn: writer("warn"), error: writer("error") };
}

/** What went wrong and the way out, in one line. */
export function lineOf(error: unknown): string {
  const { message, hint } = error instanceof CallError ? error : { message: String(error), hint: undefined };
  return withHint({ message, hint });
}

export function withHint({ message, hint }: { message: string; hint?: string | undefined }): string {
  return inOpenClaw(hint === undefined ? message : `${message}: ${hint}`).replaceAll(/\s*\n\s*/g, " | ");
}
