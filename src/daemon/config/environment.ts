// The documented environment variables: they fill keys that the file leaves out.
import { configKeys } from "./keys.ts";
import type { Env } from "./substitute.ts";
import { setAt, type Tree, valueAt } from "./tree.ts";

/** Services that speak and listen on media streams; their keys count when calls stream, and no audio goes anywhere before. */
const speechServices: readonly string[] = ["openai", "deepgram", "elevenlabs"];

/** Only those of what is used, whose names they begin with: another carrier's number must not become ours. */
export function fillFromEnvironment(section: Tree, env: Env): void {
  const speech = valueAt(section, "streaming.enabled") === true ? speechServices : [];
  const used = [section["provider"], valueAt(section, "tunnel.provider"), ...speech].filter(
    (name) => typeof name === "string",
  );
  for (const { path, env: name } of configKeys) {
    if (name === undefined || !used.some((user) => isOwn(name, user))) continue;
    const value = env[name];
    if (value !== undefined && value !== "" && valueAt(section, path) === undefined) setAt(section, path, value);
  }
}

/** Whether the variable is that of this carrier, tunnel or service. */
export function isOwn(variable: string, user: string): boolean {
  return variable.startsWith(`${user.toUpperCase()}_`);
}
