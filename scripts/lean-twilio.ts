// A bundler plugin: of Twilio's SDK, which has forty products, only the one for calls goes into the package.
import type { Plugin } from "rolldown";

const client = /\/twilio\/lib\/rest\/Twilio\.js$/;
const kept: ReadonlySet<string> = new Set(["./Api"]);
const prefix = "\0left-out:";

/** The client loads each product when it is first used; the others are classes that say why they are not there. */
export function leanTwilio(): Plugin {
  return {
    name: "lean-twilio",
    resolveId(source, importer) {
      const isProduct = importer !== undefined && client.test(importer) && source.startsWith("./");
      return isProduct && !kept.has(source) ? `${prefix}${source.slice(2)}` : null;
    },
    load(id) {
      if (!id.startsWith(prefix)) return null;
      const why = `Twilio's ${id.slice(prefix.length)} is not in the bundle: see scripts/lean-twilio.ts`;
      return `module.exports = class { constructor() { throw new Error(${JSON.stringify(why)}); } };`;
    },
  };
}
