// OpenClaw's SecretRefs: a secret key may name where its value is kept instead of holding it.
import type { Problem } from "../../router/context.ts";
import { configKey, keyPath } from "./keys.ts";
import { keyProblem, pathText } from "./problem.ts";
import type { Env } from "./substitute.ts";
import { isTree, type Tree, valueAt } from "./tree.ts";

export interface SecretRef {
  /** `env`, `file`, `exec` … */
  source: string;
  provider: string;
  id: string;
}

/** The value, or why there is none: the end of a sentence that begins with the key, and the way out. */
type Resolution = { value: string } | { wrong: string; hint: string };

const carriers: readonly string[] = ["twilio", "telnyx", "plivo"];
const speech: readonly string[] = ["streaming", "tts"];

export interface Resolved {
  problems: Problem[];
  notices: string[];
}

/**
 * Puts values in the place of refs, in place. What cannot be resolved is taken out and told; of a carrier that is not
 * the configured one it is only a notice.
 */
export function resolveSecretRefs(section: Tree, resolve: (ref: SecretRef, path: string) => Resolution): Resolved {
  const found: Resolved = { problems: [], notices: [] };
  const walk = (tree: Tree, place: readonly string[]): void => {
    for (const [name, value] of Object.entries(tree)) {
      const inner = [...place, name];
      const ref = secretRefAt(inner, value);
      if (ref === undefined) {
        if (isTree(value)) walk(value, inner);
        continue;
      }
      const path = pathText(inner);
      const resolution = resolve(ref, path);
      if ("value" in resolution) {
        tree[name] = resolution.value;
        continue;
      }
      delete tree[name];
      const problem = keyProblem(path, resolution.wrong, resolution.hint);
      if (isUnused(section, inner)) found.notices.push(problem.message);
      else found.problems.push(problem);
    }
  };
  walk(section, []);
  return found;
}

/** By itself the daemon knows its environment only. */
export function fromEnvironment(env: Env): (ref: SecretRef, path: string) => Resolution {
  return (ref, path) => {
    const { source, id } = ref;
    if (source !== "env") return { wrong: `is ${nameOf(ref)}, which only the Gateway can resolve`, hint: ways(path) };
    const value = env[id];
    if (value !== undefined && value !== "") return { value };
    const wrong = `needs the environment variable ${id}, which is ${value === undefined ? "not set" : "empty"}`;
    return { wrong, hint: `set ${id} where the daemon is started, or start the Gateway` };
  };
}

/** The Gateway has resolved what can be resolved. */
export function leftByGateway(ref: SecretRef): Resolution {
  return {
    wrong: `is ${nameOf(ref)}, which the Gateway could not resolve`,
    hint: "its log tells why; when that is mended, start the Gateway again",
  };
}

function ways(path: string): string {
  const variable = configKey(path)?.env;
  const orSet = variable === undefined ? "" : `, or leave the key out and set ${variable} where the daemon is started`;
  return `start the Gateway, which hands it over${orSet}`;
}

/** A ref says where a secret is, and nothing of what it is. */
function nameOf({ source, provider, id }: SecretRef): string {
  return `a SecretRef (${[source, provider, id].map(printable).join(":")})`;
}

function printable(text: string): string {
  const shown = text.replaceAll(/[\p{C}`]/gu, "?");
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}

function secretRefAt(place: readonly string[], value: unknown): SecretRef | undefined {
  if (!isTree(value) || configKey(keyPath(place))?.secret !== true) return undefined;
  const { source, provider, id } = value;
  if (typeof source !== "string" || typeof provider !== "string" || typeof id !== "string") return undefined;
  return { source, provider, id };
}

function isUnused(section: Tree, [name = ""]: readonly string[]): boolean {
  if (speech.includes(name)) return valueAt(section, "streaming.enabled") !== true;
  return carriers.includes(name) && section["provider"] !== name;
}
