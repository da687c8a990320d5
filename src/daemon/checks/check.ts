// What the checks are made from, and how each tells what it found.
import type { Check } from "../../router/context.ts";
import type { Config } from "../config/schema.ts";
import type { OpenCalls } from "../open-calls.ts";

/** A configuration that is right, the daemon that follows it, and the patience of who asks. */
export interface Subject {
  config: Config;
  calls: OpenCalls;
  signal: AbortSignal;
}

export function ok(name: string, message: string): Check {
  return { name, status: "ok", message };
}

export function warning(name: string, message: string, hint?: string): Check {
  return { name, status: "warning", message, ...(hint !== undefined && { hint }) };
}

export function skipped(name: string, message: string): Check {
  return { name, status: "skipped", message };
}

/** Takes a problem or a `CallError` as it is. */
export function failed(name: string, { message, hint }: { message: string; hint?: string | undefined }): Check {
  return { name, status: "failed", message, ...(hint !== undefined && { hint }) };
}

export const carrierNames = { twilio: "Twilio", telnyx: "Telnyx", plivo: "Plivo", mock: "the mock carrier" } as const;
