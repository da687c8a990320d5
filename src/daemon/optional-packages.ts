// Optional packages with native parts stay outside of the daemon's own copy: they are found where the package was installed.
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const names: ReadonlySet<string> = new Set(["@ngrok/ngrok"]);

/** From then on an import of one is tried from the package's folder, then from the state directory upwards. */
export function findOptionalPackages(packageRoot: string): void {
  const parentURL = pathToFileURL(join(packageRoot, "package.json")).href;
  registerHooks({
    resolve(name, context, next) {
      if (!names.has(name)) return next(name, context);
      // Taken first: Node writes what is handed on into the context itself.
      const importer = { ...context };
      try {
        return next(name, { ...importer, parentURL });
      } catch {
        return next(name, importer);
      }
    },
  });
}
