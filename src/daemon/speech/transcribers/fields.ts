// Reads what services say: fields of unknown shape, and words that may be shown.
import type { Fields } from "./service.ts";

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A message, or undefined when it is none. */
export function parseMessage(text: string): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isFields(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export function textAt(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === "string" ? value : undefined;
}

export function numberAt(fields: Fields, key: string): number | undefined {
  const value = fields[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function fieldsAt(fields: Fields, key: string): Fields | undefined {
  const value = fields[key];
  return isFields(value) ? value : undefined;
}

/** Codes like `invalid_model` and `NET-0001`; anything else could hold what nobody may see. */
const plainCode = /^([a-z]+(_[a-z]+){0,7}|[A-Z]{2,5}-\d{4})$/;

export function shownCode(code: unknown): string {
  return typeof code === "string" && code.length <= 60 && plainCode.test(code) ? code : "an error without a known code";
}

const mean = (numbers: number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** What a final says of its confidence, when the service said anything. */
export function confidenceOf(values: (number | undefined)[]): { confidence?: number } {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? {} : { confidence: mean(known) };
}
