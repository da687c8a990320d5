// A bundler plugin: Node's own modules are taken as `require` takes them, without the cost of importing them.
import { isBuiltin } from "node:module";
import type { Plugin } from "rolldown";
import { parseAst } from "rolldown/parseAst";

type Statement = ReturnType<typeof parseAst>["body"][number];
type Import = Extract<Statement, { type: "ImportDeclaration" }>;

/** Commander takes the whole of it for programs beside its own, which voicecall has none of: loaded when used. */
const late = new Set(["node:child_process"]);

/**
 * An import of one of Node's modules reads all its exports, lazy ones too: three of node:http load undici (40 ms, 8 MiB).
 * Each such import in the chunks becomes a read of just the names that it takes.
 */
export function leanBuiltins(): Plugin {
  return {
    name: "lean-builtins",
    renderChunk(code, { imports }) {
      if (!imports.some((name) => isBuiltin(name))) return null;
      const parts: string[] = [];
      let end = 0;
      for (const statement of parseAst(code).body) {
        if (statement.type !== "ImportDeclaration" || !isBuiltin(statement.source.value)) continue;
        parts.push(code.slice(end, statement.start), readOf(statement));
        end = statement.end;
      }
      return [...parts, code.slice(end)].join("");
    },
  };
}

/** `const { join, parse: parse$1 } = process.getBuiltinModule("node:path");` */
function readOf({ source: { value: name }, specifiers }: Import): string {
  const builtin = `process.getBuiltinModule(${JSON.stringify(name)})`;
  const whole = late.has(name) ? `new Proxy({}, { get: (_, name) => ${builtin}[name] })` : builtin;
  return specifiers
    .map(
      (one) =>
        `const ${one.type === "ImportSpecifier" ? `{ ${renamed(one)} } = ${builtin}` : `${one.local.name} = ${whole}`};`,
    )
    .join("\n");
}

function renamed({ imported, local }: Extract<Import["specifiers"][number], { type: "ImportSpecifier" }>): string {
  const name = imported.type === "Identifier" ? imported.name : JSON.stringify(imported.value);
  return name === local.name ? name : `${name}: ${local.name}`;
}
