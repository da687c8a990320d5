// Our part of OpenClaw's configuration, and what the host says of voices in general.
import { join } from "node:path";
import { isFixedPath } from "../call/fixed-path.ts";

const ourPath = ["plugins", "entries", "voice-call", "config"];

/** Changes below these concern us. */
export const configPrefixes = ["plugins.entries.voice-call.config", "tts", "messages.tts"];

type Section = Record<string, unknown>;

/** Our own section, as the host has resolved it. */
export function sectionOf(config: unknown): Section {
  return sectionAt(config, ourPath);
}

/** What the daemon is handed; nothing else of the configuration leaves the Gateway. The daemon lays ours over the host's voices. */
export function handedOver(config: unknown): { config: Section; hostTts: Section } {
  const hostTts = merged(sectionAt(config, ["messages", "tts"]), sectionAt(config, ["tts"]));
  return { config: sectionOf(config), hostTts };
}

/** Where the daemon keeps its state; a path with an unresolved variable counts as none, as does one that leads elsewhere in each program. */
export function stateDirOf(section: Section, hostStateDir: string): string {
  const { store } = section;
  return typeof store === "string" && isFixedPath(store) && !store.includes("${")
    ? store
    : join(hostStateDir, "voice-calls");
}

function sectionAt(value: unknown, path: readonly string[]): Section {
  let found = value;
  for (const name of path) found = isSection(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return isSection(found) ? found : {};
}

/** `over` wins; sections in both are merged, whatever their depth. */
function merged(under: Section, over: Section): Section {
  const entries = Object.entries(over).map(([name, value]): [string, unknown] => {
    const below = Object.hasOwn(under, name) ? under[name] : undefined;
    return [name, isSection(value) && isSection(below) ? merged(below, value) : value];
  });
  return { ...under, ...Object.fromEntries(entries) };
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
