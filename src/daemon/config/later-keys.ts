// Keys that other versions understand: accepted with a notice, so that one file works with every version.
import { sectionsAt, takeAt, type Tree } from "./tree.ts";

/** `*` stands for every dialled number. */
export const laterKeys: readonly string[] = [];

/** Removes them from the section and returns the notices. */
export function dropLaterKeys(section: Tree): string[] {
  const held = laterKeys.filter((path) => {
    const steps = path.split(".");
    const name = steps.pop() ?? "";
    const taken = sectionsAt(section, steps).map((inner) => takeAt(inner, name));
    return taken.some((value) => value !== undefined);
  });
  return held.map((path) => `\`${path}\` is not used by this version`);
}
