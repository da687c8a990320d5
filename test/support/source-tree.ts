// Reads source files and what they import, for the architecture test.
import { existsSync, globSync, readFileSync } from "node:fs";
import { posix } from "node:path";

export interface Import {
  /** Path from the root of the repository for own files, else the name as written. */
  target: string;
  typeOnly: boolean;
}

export interface SourceFile {
  /** Path from the root of the repository. */
  path: string;
  text: string;
  imports: Import[];
}

/** All TypeScript files below the folders that exist, relative to the working directory. */
export function readSources(folders: string[]): SourceFile[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => globSync(`${folder}/**/*.ts`))
    .map((path) => sourceFile(path, readFileSync(path, "utf8")));
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, imports: importsOf(path, text) };
}

const staticImport = /^(?:import|export)\s+(type\s)?(?:[^;"'`(]*?\sfrom\s+)?"([^"]+)"/gm;
const dynamicImport = /(typeof\s+)?\bimport\(\s*"([^"]+)"/g;

function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(staticImport), ...text.matchAll(dynamicImport)].map(([, type, name = ""]) => ({
    target: name.startsWith(".") ? posix.join(posix.dirname(path), name) : name,
    typeOnly: type !== undefined,
  }));
}

/** Lines that are neither blank nor only a comment. */
export function codeLines(text: string): number {
  return text
    .replace(/^\s*\/\*[\s\S]*?\*\//gm, "")
    .split("\n")
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
}

/** Words of a path or an identifier, in lower case: `src/callManager.ts` has `src`, `call`, `manager` and `ts`. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}
