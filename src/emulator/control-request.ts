// Requests to an emulator's own HTTP interface: JSON bodies, their fields, and refusals.
import type { HttpRequest } from "./loopback-server.ts";

/** A request that cannot be served, with the status that says why. */
export class ControlError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "ControlError";
    this.status = status;
  }
}

/** The body as a JSON object; an empty body is an empty one. Throws `ControlError`. */
export function bodyOf(request: HttpRequest): Record<string, unknown> {
  const value = request.body.length === 0 ? {} : parsed(request.body.toString());
  if (!isObject(value)) {
    throw new ControlError(400, "the body must be a JSON object");
  }
  return value;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ControlError(400, "the body is not JSON");
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that must be there. Throws `ControlError`. */
export function text(body: Record<string, unknown>, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined || value === "") {
    throw new ControlError(400, `${name} is missing`);
  }
  return value;
}

/** A field that may be absent. Throws `ControlError` when it is not text. */
export function optionalText(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  if (value !== undefined && typeof value !== "string") {
    throw new ControlError(400, `${name} must be text`);
  }
  return value;
}

/** Whether every item of a list is of a kind. */
export function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(isItem);
}

/** Whether this is a fault of a known kind with the fields that the kind needs beside its name. */
export function isFaultOf(kinds: ReadonlyMap<unknown, readonly string[]>, value: unknown): boolean {
  return isObject(value) && (kinds.get(value["fault"])?.every((name) => name in value) ?? false);
}
