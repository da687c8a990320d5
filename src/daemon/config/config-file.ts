// Reads our section out of OpenClaw's configuration file (JSON5).
import { readFileSync, statSync } from "node:fs";
import JSON5 from "json5";
import type { Problem } from "../../router/context.ts";
import { hostTtsOf } from "./host-tts.ts";
import { configProblem, kindOf } from "./problem.ts";
import { isTree, type Tree, valueAt } from "./tree.ts";

const maxFileBytes = 1_048_576;
const sectionPath = ["plugins", "entries", "voice-call", "config"] as const;
const useMock = "so calls go through the mock carrier";

/** `section` is empty where there is no file, or the file does not speak of us. */
/** `hostTts`: what OpenClaw says of voices in general. */
export type FileSection = { section: Tree; hostTts: Tree; notices: string[] } | { problem: Problem };

export function readSection(file: string | undefined): FileSection {
  if (file === undefined) return { section: {}, hostTts: {}, notices: [] };
  const read = readText(file);
  if (read === undefined) return { section: {}, hostTts: {}, notices: [`there is no ${file}, ${useMock}`] };
  if (typeof read !== "string") return { problem: read };
  const content = parse(file, read);
  return "problem" in content ? content : findSection(file, content.value);
}

/** Undefined when there is no such file. */
function readText(file: string): string | Problem | undefined {
  const otherFile = "or name another file with `--config`";
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (!stat.isFile())
      return configProblem(
        `${file} is ${stat.isDirectory() ? "a directory" : "not a regular file"}`,
        `put the configuration into a file, ${otherFile}`,
      );
    if (stat.size > maxFileBytes)
      return configProblem(
        `${file} is larger than 1 MiB`,
        `a configuration is some kilobytes: shorten it, ${otherFile}`,
      );
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return configProblem(`${file} cannot be read (${code})`, `make it readable for you, ${otherFile}`);
  }
}

function parse(file: string, text: string): { value: unknown } | { problem: Problem } {
  try {
    const value: unknown = JSON5.parse(text);
    return { value };
  } catch (error) {
    // The parser's own message quotes the file, and the quoted character may belong to a secret.
    const cutOff = error instanceof Error && error.message.includes("end of input");
    const message = `${file} ${cutOff ? "ends in the middle" : "is not valid JSON5"}${positionOf(error)}`;
    return {
      problem: configProblem(
        message,
        cutOff
          ? "finish it: a bracket or a quote is still open"
          : "look for a missing comma, quote or bracket there or just before",
      ),
    };
  }
}

function positionOf(error: unknown): string {
  if (!(error instanceof Error && "lineNumber" in error && "columnNumber" in error)) return "";
  return ` (line ${String(error.lineNumber)}, column ${String(error.columnNumber)})`;
}

function findSection(file: string, content: unknown): FileSection {
  let value = content;
  for (const [depth, step] of ["", ...sectionPath].entries()) {
    if (depth > 0) value = isTree(value) ? valueAt(value, step) : undefined;
    if (value === undefined) break;
    if (isTree(value)) continue;
    const what = depth === 0 ? file : `\`${sectionPath.slice(0, depth).join(".")}\` in ${file}`;
    return {
      problem: configProblem(
        `${what} is ${kindOf(value)}, where an object is needed`,
        "see the examples in docs/configuration.md",
      ),
    };
  }
  const off = isTree(content) && valueAt(content, "plugins.entries.voice-call.enabled") === false;
  const notices = isTree(value) ? [] : [`${file} holds no \`${sectionPath.join(".")}\`, ${useMock}`];
  const hostTts = isTree(content) ? hostTtsOf(content) : {};
  return { section: { ...(isTree(value) && value), ...(off && { enabled: false }) }, hostTts, notices };
}
