// Older shapes that users' files still hold, brought into today's; each with one notice that names the new key.
import { setAt, takeAt, type Tree, valueAt } from "./tree.ts";

/** Old key and new key. Where both are there, the new one counts. */
export const legacyKeys: readonly (readonly [old: string, now: string])[] = [
  ["twilio.from", "fromNumber"],
  ["streaming.sttProvider", "streaming.provider"],
  ["streaming.openaiApiKey", "streaming.providers.openai.apiKey"],
  ["streaming.sttModel", "streaming.providers.openai.model"],
  ["streaming.silenceDurationMs", "streaming.providers.openai.silenceDurationMs"],
  ["streaming.vadThreshold", "streaming.providers.openai.vadThreshold"],
];

/** Changes the section in place and returns the notices. */
export function renameLegacyKeys(section: Tree): string[] {
  const notices: string[] = [];
  if (section["provider"] === "log") {
    section["provider"] = "mock";
    notices.push('`provider: "log"` is now `provider: "mock"`');
  }
  for (const [old, now] of legacyKeys) {
    if (valueAt(section, old) === undefined) continue;
    const value = takeAt(section, old);
    if (valueAt(section, now) === undefined) setAt(section, now, value);
    notices.push(`\`${old}\` is now \`${now}\``);
  }
  return notices;
}
