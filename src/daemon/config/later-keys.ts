// Keys that other versions understand: accepted with a notice, so that one file works with every version.
import { takeAt, type Tree, valueAt } from "./tree.ts";

export const laterKeys: readonly string[] = [
  "agentId",
  "numbers",
  "pairing",
  "plivo",
  "responseModel",
  "responseSystemPrompt",
  "responseTimeoutMs",
  "sessionScope",
  "streaming",
  "tailscale",
  "telnyx",
  "tts",
  "tunnel",
  "webhookSecurity.trustForwardingHeaders",
  "webhookSecurity.trustedProxyIPs",
];

/** Removes them from the section and returns the notices. */
export function dropLaterKeys(section: Tree): string[] {
  const held = laterKeys.filter((path) => valueAt(section, path) !== undefined);
  for (const path of held) takeAt(section, path);
  return held.map((path) => `\`${path}\` is not used by this version`);
}
