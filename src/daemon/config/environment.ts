// The documented environment variables: they fill keys that the file leaves out.
import { configKeys } from "./keys.ts";
import type { Env } from "./substitute.ts";
import { setAt, type Tree, valueAt } from "./tree.ts";

/** Only those of the configured carrier, whose name they begin with: another one's number must not become ours. */
export function fillFromEnvironment(section: Tree, env: Env): void {
  const { provider } = section;
  if (typeof provider !== "string") return;
  for (const { path, env: name } of configKeys) {
    if (name === undefined || !name.startsWith(`${provider.toUpperCase()}_`)) continue;
    const value = env[name];
    if (value !== undefined && value !== "" && valueAt(section, path) === undefined) setAt(section, path, value);
  }
}
