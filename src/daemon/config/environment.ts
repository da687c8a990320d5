// The documented environment variables: they fill keys that the file leaves out.
import { configKeys } from "./keys.ts";
import type { Env } from "./substitute.ts";
import { setAt, type Tree, valueAt } from "./tree.ts";

/** Only those of the configured carrier and tunnel, whose names they begin with: another one's number must not become ours. */
export function fillFromEnvironment(section: Tree, env: Env): void {
  const used = [section["provider"], valueAt(section, "tunnel.provider")].filter((name) => typeof name === "string");
  for (const { path, env: name } of configKeys) {
    if (name === undefined || !used.some((user) => isOwn(name, user))) continue;
    const value = env[name];
    if (value !== undefined && value !== "" && valueAt(section, path) === undefined) setAt(section, path, value);
  }
}

/** Whether the variable is that of this carrier or tunnel. */
export function isOwn(variable: string, user: string): boolean {
  return variable.startsWith(`${user.toUpperCase()}_`);
}
