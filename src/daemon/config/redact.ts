// The configuration as it may be shown: secrets replaced, phone numbers shortened.
import { isPhoneNumber, shortNumber } from "../../call/phone-number.ts";
import { configKey } from "./keys.ts";
import type { ConfigResult } from "./load.ts";
import { isTree } from "./tree.ts";

/** The configuration in force, or the problems of a wrong one. */
export function redactConfig(result: ConfigResult): Record<string, unknown> {
  return result.ok ? redactSection({ ...result.config }, "") : { problems: result.problems };
}

function redactSection(section: Record<string, unknown>, prefix: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(section).map(([name, value]) => [name, redactValue(value, `${prefix}${name}`)]),
  );
}

function redactValue(value: unknown, path: string): unknown {
  if (configKey(path)?.secret === true) return "(set)";
  if (Array.isArray(value)) return value.map((item: unknown) => redactValue(item, path));
  if (isTree(value)) return redactSection(value, `${path}.`);
  return typeof value === "string" && isPhoneNumber(value) ? shortNumber(value) : value;
}
