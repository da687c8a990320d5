// `${NAME}` in a text becomes that environment variable's value; `$${NAME}` stays as `${NAME}`.
import type { Problem } from "../../router/context.ts";
import { keyProblem, pathText } from "./problem.ts";
import { isTree } from "./tree.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Upper case as OpenClaw has it, so that `${name}` in a spoken text stays as it is. */
const reference = /(?<escape>\$)?\$\{(?<name>[A-Z_][A-Z0-9_]*)\}/g;

/** Everything that refers to a variable gets its value, which is not looked through again. */
export function substitute(
  value: unknown,
  env: Env,
  path: readonly PropertyKey[] = [],
): { value: unknown; problems: Problem[] } {
  if (typeof value === "string") return substituteText(value, env, path);
  if (!Array.isArray(value) && !isTree(value)) return { value, problems: [] };
  const problems: Problem[] = [];
  const inside = (inner: unknown, step: PropertyKey): unknown => {
    const result = substitute(inner, env, [...path, step]);
    problems.push(...result.problems);
    return result.value;
  };
  const replaced = Array.isArray(value)
    ? value.map((item, index) => inside(item, index))
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item, key)]));
  return { value: replaced, problems };
}

function substituteText(text: string, env: Env, path: readonly PropertyKey[]): { value: string; problems: Problem[] } {
  const problems: Problem[] = [];
  const value = text.replaceAll(reference, (whole, escape: string | undefined, name: string) => {
    if (escape !== undefined) return whole.slice(1);
    const found = env[name];
    if (found !== undefined && found !== "") return found;
    const wrong = `needs the environment variable ${name}, which is ${found === undefined ? "not set" : "empty"}`;
    problems.push(
      keyProblem(
        pathText(path),
        wrong,
        `set ${name} where the daemon is started, or write $\${${name}} if the text itself is meant`,
      ),
    );
    return "";
  });
  return { value, problems };
}
