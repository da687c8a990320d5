// The configuration as it may be shown: secrets replaced, phone numbers shortened.
import { isPhoneNumber, shortNumber } from "../../call/phone-number.ts";
import { configKey, keyPath } from "./keys.ts";
import type { ConfigResult } from "./load.ts";
import { isTree } from "./tree.ts";

/** The configuration in force, or the problems of a wrong one. */
export function redactConfig(result: ConfigResult): Record<string, unknown> {
  return result.ok ? redactSection({ ...result.config }, []) : { problems: result.problems };
}

function redactSection(section: Record<string, unknown>, place: readonly string[]): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(section)) {
    shown[freeName(redactText(name), shown)] = redactValue(value, [...place, name]);
  }
  return shown;
}

/** Two numbers may end alike. */
function freeName(name: string, taken: Record<string, unknown>): string {
  for (let count = 1; ; count++) {
    const free = count === 1 ? name : `${name} (${count})`;
    if (!Object.hasOwn(taken, free)) return free;
  }
}

function redactValue(value: unknown, place: readonly string[]): unknown {
  if (configKey(keyPath(place))?.secret === true) return "(set)";
  if (Array.isArray(value)) return value.map((item: unknown) => redactValue(item, place));
  if (isTree(value)) return redactSection(value, place);
  return typeof value === "string" ? redactText(value) : value;
}

function redactText(text: string): string {
  return isPhoneNumber(text) ? shortNumber(text) : text;
}
