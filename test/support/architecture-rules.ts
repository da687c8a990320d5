// The rules of the architecture test: each takes source files and returns its violations as readable lines.
import { codeLines, wordsOf, type Import, type SourceFile } from "./source-tree.ts";

interface FolderRule {
  /** Folders of src that it may import. */
  folders: string[];
  /** Folders of which it may import types. */
  types?: string[];
  /** Packages and node modules that it may import; all when absent. */
  packages?: RegExp;
}

const folderRules: Record<string, FolderRule> = {
  call: { folders: [], packages: /^zod$/ },
  router: { folders: ["call"], packages: /^(zod|@trpc\/server(\/.*)?)$/ },
  client: { folders: ["call"], types: ["router"], packages: /^(?!zod$|@trpc\/server(?!\/observable$))/ },
  daemon: { folders: ["call", "router"] },
  cli: { folders: ["call", "client"], packages: /^(?!zod$|@trpc\/)/ },
  plugin: { folders: ["call", "client"], packages: /^(?!zod$|@trpc\/|openclaw(\/|$))/ },
  emulator: { folders: [] },
};

const bannedWords = new Set(
  "manager managers handler handlers helper helpers util utils common misc base impl data info metadata".split(" "),
);

/** Imports between the folders of src that the design does not allow. */
export function forbiddenDirections(files: SourceFile[]): string[] {
  return violations(files, (from, entry) => {
    const own = folderOf(from);
    const rule = folderRules[own];
    if (rule === undefined) return true;
    // `openclaw voicecall` is the same program.
    if (from === "src/plugin/cli.ts" && entry.target.startsWith("src/cli/")) return false;
    if (!entry.target.startsWith("src/")) return rule.packages?.test(entry.target) === false;
    const other = folderOf(entry.target);
    const types = entry.typeOnly ? (rule.types ?? []) : [];
    return other !== own && ![...rule.folders, ...types].includes(other);
  });
}

/** Inside the daemon: carriers stand alone, and calls know carriers and the store by their interfaces only. */
export function forbiddenInsideDaemon(files: SourceFile[]): string[] {
  return violations(files, (from, { target }) => {
    const carrier = /^src\/daemon\/carriers\/[^/]+\//.exec(from)?.[0];
    const otherCarrier = /^src\/daemon\/carriers\/[^/]+\//.test(target);
    if (carrier !== undefined) {
      if (otherCarrier && !target.startsWith(carrier)) return true;
      return /^src\/(router|daemon\/(calls|store|webhooks|control))\//.test(target);
    }
    if (!from.startsWith("src/daemon/calls/")) return false;
    if (target.startsWith("src/daemon/carriers/")) return !/^src\/daemon\/carriers\/(carrier|media)\.ts$/.test(target);
    return target.startsWith("src/daemon/store/") && target !== "src/daemon/store/event-store.ts";
  });
}

/** One line for each import cycle found, with the files on it. Types count: a cycle of types is one to read as well. */
export function importCycles(files: SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];

  function visit(path: string, trail: string[]): void {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    for (const { target } of byPath.get(path)?.imports ?? []) visit(target, [...trail, path]);
    done.add(path);
  }

  for (const { path } of files) visit(path, []);
  return cycles;
}

/** Files over the budget of 300 lines of code. */
export function overlongFiles(files: SourceFile[]): string[] {
  return files
    .map((file) => ({ path: file.path, lines: codeLines(file.text) }))
    .filter(({ lines }) => lines > 300)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

/** Paths and exported names with a word that says nothing. */
export function bannedNames(files: SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const exported = text.matchAll(
      /^export (?:async )?(?:abstract )?(?:function\*?|class|const|let|interface|type) (\w+)/gm,
    );
    return [path, ...[...exported].map(([, name = ""]) => name)]
      .filter((name) => wordsOf(name).some((word) => bannedWords.has(word)))
      .map((name) => (name === path ? path : `${path}: ${name}`));
  });
}

/** Files whose first line does not say what lives there. */
export function withoutOpeningComment(files: SourceFile[]): string[] {
  return files.filter(({ text }) => !/^(#!.*\n)?\/\/ \S/.test(text)).map(({ path }) => path);
}

function violations(files: SourceFile[], forbids: (from: string, entry: Import) => boolean): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter((entry) => forbids(path, entry)).map((entry) => `${path} imports ${entry.target}`),
  );
}

/** `call` of `src/call/ids.ts`. */
function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}
