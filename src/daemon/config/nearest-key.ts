// Finds the key that somebody may have meant.
import { configKeys } from "./keys.ts";

/** The key of the same section with the nearest spelling, else one of the same name elsewhere; undefined if none is near. */
export function nearestKey(path: readonly string[]): string | undefined {
  const name = path.at(-1) ?? "";
  const section = path.slice(0, -1).join(".");
  const all = configKeys.map((key) => key.path);
  const near = all
    .filter((known) => sectionOf(known) === section)
    .map((known) => ({ known, distance: editDistance(name.toLowerCase(), nameOf(known).toLowerCase()) }))
    .filter(({ distance }) => distance <= nearness(name))
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.known ?? all.find((known) => nameOf(known) === name);
}

/** Two letters swapped are a distance of two. */
function nearness(name: string): number {
  return name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3));
}

function sectionOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

/** Levenshtein's distance: how many letters must be added, removed or replaced. */
function editDistance(from: string, to: string): number {
  // A key of a thousand letters is near to none of ours.
  if (from.length > 60) return from.length;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
