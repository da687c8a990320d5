// A bundler plugin: `import … from "node:http"` without the cost of its lazy WebSocket exports.
import http from "node:http";
import type { Plugin } from "rolldown";

const id = "\0lean-http";

/**
 * Importing node:http as an ES module reads every export of it, and three of them load undici (40 ms, 8 MiB).
 * `require` reads none: imports of it are replaced by a module that takes the plain exports from there.
 */
export function leanHttp(): Plugin {
  return {
    name: "lean-http",
    resolveId: {
      filter: { id: /^(node:)?http$/ },
      handler: (_source, _importer, { kind }) =>
        kind === "import-statement" ? { id, moduleSideEffects: false } : null,
    },
    load: { filter: { id: /^\0lean-http$/ }, handler: () => text() },
  };
}

function text(): string {
  const lines = Object.entries(Object.getOwnPropertyDescriptors(http))
    .filter(([, property]) => property.get === undefined)
    .map(([name]) => `export const ${name} = http.${name};`);
  return [`const http = process.getBuiltinModule("node:http");`, "export default http;", ...lines].join("\n");
}
