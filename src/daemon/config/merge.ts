// Lays one part of a configuration over another.
import { isTree, type Tree } from "./tree.ts";

/** Plain objects are merged; everything else, lists too, replaces what was there. */
export function merged(under: Tree, over: Tree): Tree {
  const result: Tree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isTree(below) && isTree(value) ? merged(below, value) : value;
  }
  return result;
}
