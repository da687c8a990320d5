// Keeps of the emitted type declarations what the published entries need, and holds them free of other packages.
import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

/** Deletes what cannot be reached from `entries` (paths in `folder`); throws when one names a package that users lack. */
export async function pruneDeclarations(folder: string, entries: string[]): Promise<void> {
  const reached = new Set(entries.map((entry) => join(folder, entry)));
  for (const file of reached) {
    for (const name of importsOf(await readFile(file, "utf8"))) {
      if (name.startsWith(".")) reached.add(resolve(dirname(file), name.replace(/\.[jt]s$/, ".d.ts")));
      else if (!name.startsWith("node:")) throw new Error(`${relative(folder, file)} needs the types of ${name}`);
    }
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !reached.has(path)) await rm(path);
  }
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].flatMap(([, name]) => name ?? []);
}
