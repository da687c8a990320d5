// Reading and changing a parsed file by dotted paths, before anything is known of its shape.

export type Tree = Record<string, unknown>;

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path, undefined when it or anything on the way is absent. */
export function valueAt(tree: Tree, path: string): unknown {
  let value: unknown = tree;
  for (const step of path.split(".")) {
    if (!isTree(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/** Sets a key, making the sections on the way; does nothing where one of them is no object. */
export function setAt(tree: Tree, path: string, value: unknown): void {
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  let section = tree;
  for (const step of steps) {
    if (!Object.hasOwn(section, step)) section[step] = {};
    const inner = section[step];
    if (!isTree(inner)) return;
    section = inner;
  }
  section[last] = value;
}

/** Removes a key and returns what it held. */
export function takeAt(tree: Tree, path: string): unknown {
  const end = path.lastIndexOf(".");
  const section = end === -1 ? tree : valueAt(tree, path.slice(0, end));
  if (!isTree(section)) return undefined;
  const name = path.slice(end + 1);
  const value = valueAt(section, name);
  delete section[name];
  return value;
}
