// How a wrong key is told: its path, what is wrong with the value's shape (never the value), and the way out.
import { shortNumber } from "../../call/phone-number.ts";
import type { Problem } from "../../router/context.ts";

export function configProblem(message: string, hint?: string): Problem {
  return { code: "CONFIG_INVALID", message, ...(hint !== undefined && { hint }) };
}

/** `wrong` continues the sentence that begins with the key. */
export function keyProblem(path: string, wrong: string, hint?: string): Problem {
  return configProblem(`\`${path}\` ${wrong}`, hint);
}

/** `allowFrom[2]`; a key that a person wrote may be long, hold control characters, or be a phone number. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${printable(String(step))}`,
    )
    .join("");
}

function printable(key: string): string {
  const text = key.replaceAll(/[\p{C}`]/gu, "?").replaceAll(/\+?\d[\d\s()./-]{4,}\d/g, shortNumber);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** What a value is, without saying it. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : "a text";
    case "number":
      return Number.isFinite(value) ? "a number" : "no finite number";
    case "boolean":
      return String(value);
    default:
      return "an object";
  }
}
