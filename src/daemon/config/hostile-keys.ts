// Refuses what no honest configuration holds: keys that reach JavaScript's prototypes, and bottomless nesting.
import type { Problem } from "../../router/context.ts";
import { keyProblem, pathText } from "./problem.ts";
import { isTree } from "./tree.ts";

const hostileKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
const maxDepth = 20;

export function refuseHostileKeys(value: unknown, path: readonly PropertyKey[] = []): Problem[] {
  if (path.length > maxDepth)
    return [keyProblem(pathText(path.slice(0, 3)), `is nested deeper than ${maxDepth} levels`, "remove it")];
  if (Array.isArray(value)) return value.flatMap((item, index) => refuseHostileKeys(item, [...path, index]));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    hostileKeys.has(key)
      ? [keyProblem(pathText([...path, key]), "is not allowed as a key", "remove it")]
      : refuseHostileKeys(inner, [...path, key]),
  );
}
